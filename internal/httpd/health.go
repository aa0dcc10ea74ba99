package httpd

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/store"
)

// healthPatience is how long a part may take to show that it lives.
const healthPatience = 3 * time.Second

// health answers 200 while the store works. An engine that is away is told, but the server is
// still of use without it, and restarting it would not help: that is no 503.
func (s *server) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), healthPatience)
	defer cancel()
	report := map[string]string{"status": "ok", "store": "ok", "engine": "ok"}
	status := http.StatusOK
	if s.Engine != nil {
		if err := s.Engine(ctx); err != nil {
			report["status"], report["engine"] = "degraded", petri.MessageOf(err)
		}
	}
	if err := s.DB.Ping(ctx); err != nil {
		report["status"], report["store"] = "failed", "the database does not answer"
		notesOf(r.Context()).err = fmt.Errorf("ping the store: %w", err)
		status = http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(report)
}

// state tells Prometheus what the store holds at the moment it asks.
type state struct{ db *store.DB }

var (
	runsDesc   = prometheus.NewDesc("petri_runs", "Runs by state.", []string{"status"}, nil)
	buildsDesc = prometheus.NewDesc("petri_builds", "Builds by state.", []string{"status"}, nil)
	queueDesc  = prometheus.NewDesc("petri_queue_length", "Runs and builds that wait.", []string{"queue"}, nil)
)

// Describe implements prometheus.Collector.
func (c *state) Describe(out chan<- *prometheus.Desc) {
	out <- runsDesc
	out <- buildsDesc
	out <- queueDesc
}

// Collect implements prometheus.Collector.
func (c *state) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), healthPatience)
	defer cancel()
	var runs map[petri.RunStatus]int
	var builds map[petri.BuildStatus]int
	err := c.db.View(ctx, func(tx *store.Tx) (err error) {
		if runs, err = tx.Runs().CountByStatus(); err != nil {
			return err
		}
		builds, err = tx.Builds().CountByStatus()
		return err
	})
	if err != nil {
		out <- prometheus.NewInvalidMetric(runsDesc, err)
		return
	}
	gauge := func(desc *prometheus.Desc, n int, label string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(n), label)
	}
	for _, status := range petri.RunStatuses() {
		gauge(runsDesc, runs[status], string(status))
	}
	for _, status := range petri.BuildStatuses() {
		gauge(buildsDesc, builds[status], string(status))
	}
	gauge(queueDesc, runs[petri.RunQueued], "runs")
	gauge(queueDesc, builds[petri.BuildQueued], "builds")
}
