package testserver

import (
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/orca"
)

// The names of two services whose health the server reports. It knows no other,
// but for the whole server's empty name, which is healthy.
const (
	healthyService = "healthy"
	illService     = "ill"
)

// registerReports adds what clients' load balancing asks servers for: their
// health, and, unless it is 0, their utilization out of band (ORCA).
func registerReports(s *grpc.Server, utilization float64) error {
	h := health.NewServer()
	h.SetServingStatus(healthyService, healthpb.HealthCheckResponse_SERVING)
	h.SetServingStatus(illService, healthpb.HealthCheckResponse_NOT_SERVING)
	healthpb.RegisterHealthServer(s, h)
	if utilization == 0 {
		return nil
	}
	recorder := orca.NewServerMetricsRecorder()
	recorder.SetApplicationUtilization(utilization)
	recorder.SetQPS(100)
	return orca.Register(s, orca.ServiceOptions{ServerMetricsProvider: recorder})
}
