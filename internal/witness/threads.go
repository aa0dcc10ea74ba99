package witness

import (
	"runtime"
	"sync"
)

// How many threads the witness ever has at work: the runtime's own, bounded whatever the
// machine has, and those that stand in the kernel, waiting for children, output and the disk.
const (
	maxProcs = 4
	threads  = maxProcs + 8
)

// reserveThreads makes every thread that will be needed. A command may fill the container
// with processes, and the Go runtime dies where it cannot make a thread any more.
func reserveThreads() {
	runtime.GOMAXPROCS(min(maxProcs, runtime.GOMAXPROCS(0)))
	var ready, done sync.WaitGroup
	release := make(chan struct{})
	ready.Add(threads)
	for range threads {
		done.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread() // the thread stays, idle
			ready.Done()
			<-release
		})
	}
	ready.Wait()
	close(release)
	done.Wait()
}
