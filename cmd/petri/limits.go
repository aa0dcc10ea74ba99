package main

import (
	"context"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/runs"
)

// machineLimits are what runs may have: what the engine says its machine has or, while it is
// away, what this one has; both bounded by the settings.
func machineLimits(ctx context.Context, s settings, parts parts) (runs.Limits, error) {
	cpus, memory, gpus := float64(runtime.NumCPU()), int64(0), -1
	var machine unix.Sysinfo_t
	if err := unix.Sysinfo(&machine); err == nil {
		memory = int64(machine.Totalram) * int64(machine.Unit)
	}
	if info, err := parts.engine.Info(ctx); err == nil && info.CPUs > 0 {
		cpus, memory, gpus = float64(info.CPUs), info.MemoryBytes, info.GPUs
	}
	if s.CPUs > 0 {
		cpus = s.CPUs
	}
	memory, err := sizeOr(s.Memory, memory)
	if err != nil {
		return runs.Limits{}, err
	}
	runMemory, err := sizeOr(s.RunMemory, memory/4)
	if err != nil {
		return runs.Limits{}, err
	}
	runCPUs := s.RunCPUs
	if runCPUs == 0 {
		runCPUs = 2
	}
	return runs.Limits{
		CPUs: cpus, MemoryBytes: memory, GPUs: gpus,
		DefaultCPUs: min(runCPUs, cpus), DefaultMemory: min(runMemory, memory),
	}, nil
}

func sizeOr(text string, otherwise int64) (int64, error) {
	if text == "" {
		return otherwise, nil
	}
	return petri.ParseBytes(text)
}
