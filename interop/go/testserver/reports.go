package testserver

import (
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/orca"
)

// The server reports the health of two services with these names, and of the whole
// server, which has an empty name and is healthy.
const (
	healthyService = "healthy"
	illService     = "ill"
)

// registerReports adds the reports that clients' load balancing asks for: the
// server's health, and, unless it is 0, its utilization out of band (ORCA).
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
