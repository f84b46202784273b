package soak

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"loopy/interop/gen/soakpb"
)

const (
	// The kind of a call is id%kinds. The method of one kind may have a retry policy.
	kinds       = 4
	retriedKind = 3
	// The client's and the servers' readings of the clock may differ by this much.
	clockSlack = 10 * time.Millisecond
)

// These are loopy's and chttp2's texts for REFUSED_STREAM (RFC 9113 section 7).
var refused = regexp.MustCompile("REFUSED_STREAM|RST_STREAM with error code 7$")

// hasPolicy returns whether the call has a retry policy, so that it may run more than
// once.
func hasPolicy(r *soakpb.SoakReport, id uint64) bool {
	return r.GetClient().GetRetryPolicy() && id%kinds == retriedKind
}

// judge sorts the client's failures by their cause.
func judge(r *soakpb.SoakReport, seen func(id uint64) bool, stops []stop) {
	for _, f := range r.GetClient().GetFailures() {
		// A call with a retry policy may have been seen by the service.
		lost := f.GetAnswered() || f.GetOver() || !hasPolicy(r, f.GetId()) && (seen(f.GetId()) || brokenOff(f, stops))
		switch {
		case f.GetCode() != "UNAVAILABLE":
			r.Unexpected = append(r.Unexpected, f)
		case lost:
			r.LostWithServer++
		case refused.MatchString(f.GetMessage()):
			r.RefusedTwice++
		default:
			f.MsAfterStop = msAfterStop(f, stops)
			r.Saveable = append(r.Saveable, f)
		}
	}
	problem := func(n uint64, what string) {
		if n > 0 {
			r.Problems = append(r.Problems, fmt.Sprintf("%d %s", n, what))
		}
	}
	problem(r.GetClient().GetHangs(), "calls did not end in time")
	problem(uint64(len(r.GetSaveable())), "calls failed that a retry could have saved")
	problem(uint64(len(r.GetUnexpected())), "calls ended with a status that nobody asked for")
	problem(uint64(len(r.GetRunTwice())), "calls ran twice that may not")
	if r.GetClient().GetCalls() == 0 || r.GetServed() == 0 {
		r.Problems = append(r.Problems, "no call was made")
	}
	r.Passed = len(r.Problems) == 0
}

// brokenOff returns whether the call's server broke off its connections, or one of
// them without a GOAWAY, while the call went on. The client cannot know then what
// the server has read.
func brokenOff(f *soakpb.SoakFailure, stops []stop) bool {
	began := time.UnixMicro(f.GetBeganUs()).Add(-clockSlack)
	ended := time.UnixMicro(f.GetEndedUs()).Add(clockSlack)
	return slices.ContainsFunc(stops, func(s stop) bool {
		return isOfItsServer(s, f) && s.until.After(began) && s.at.Before(ended)
	})
}

// msAfterStop returns how long after its server's last stop the call began. A client
// that was late to notice the stop may have used the old connection.
func msAfterStop(f *soakpb.SoakFailure, stops []stop) float64 {
	began := time.UnixMicro(f.GetBeganUs())
	var last time.Time
	for _, s := range stops {
		if isOfItsServer(s, f) && s.until.After(last) && s.until.Before(began) {
			last = s.until
		}
	}
	if last.IsZero() {
		return 0
	}
	return float64(began.Sub(last)) / float64(time.Millisecond)
}

func isOfItsServer(s stop, f *soakpb.SoakFailure) bool {
	return f.GetPeer() == "" || strings.HasSuffix(f.GetPeer(), fmt.Sprintf(":%d", s.port))
}
