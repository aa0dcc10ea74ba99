package petri

import "slices"

// BuildStatus is the state of a build, and so of its revision. docs/states.md gives each a
// sentence.
type BuildStatus string

// The states of a build.
const (
	BuildQueued   BuildStatus = "queued"
	BuildBuilding BuildStatus = "building"
	BuildReady    BuildStatus = "ready"
	BuildFailed   BuildStatus = "failed"
	BuildCanceled BuildStatus = "canceled"
)

// buildTransitions lists every step a build may take. building → queued is a server that
// died or lost Docker under the build: it is done again.
var buildTransitions = map[BuildStatus][]BuildStatus{
	BuildQueued:   {BuildBuilding, BuildCanceled, BuildReady},
	BuildBuilding: {BuildReady, BuildFailed, BuildCanceled, BuildQueued},
	BuildReady:    {},
	BuildFailed:   {},
	BuildCanceled: {},
}

// BuildStatuses are all states, in the order a build meets them.
func BuildStatuses() []BuildStatus {
	return []BuildStatus{BuildQueued, BuildBuilding, BuildReady, BuildFailed, BuildCanceled}
}

// Next are the states that may follow s.
func (s BuildStatus) Next() []BuildStatus { return slices.Clone(buildTransitions[s]) }

// CanBecome tells whether to may follow s.
func (s BuildStatus) CanBecome(to BuildStatus) bool { return slices.Contains(buildTransitions[s], to) }

// Ended tells whether nothing follows s.
func (s BuildStatus) Ended() bool { return len(buildTransitions[s]) == 0 }

// RunStatus is the state of a run.
type RunStatus string

// The states of a run.
const (
	RunQueued     RunStatus = "queued"
	RunStarting   RunStatus = "starting"
	RunRunning    RunStatus = "running"
	RunCollecting RunStatus = "collecting"
	RunSucceeded  RunStatus = "succeeded"
	RunFailed     RunStatus = "failed"
	RunStopped    RunStatus = "stopped"
	RunError      RunStatus = "error"
)

// runTransitions lists every step a run may take. starting → queued is a claim given back before
// the command began, so that another worker may have the run; a worker that is the only one
// keeps its claim and stages again in place.
var runTransitions = map[RunStatus][]RunStatus{
	RunQueued:     {RunStarting, RunStopped, RunError},
	RunStarting:   {RunRunning, RunCollecting, RunQueued, RunStopped, RunError},
	RunRunning:    {RunCollecting, RunError},
	RunCollecting: {RunSucceeded, RunFailed, RunStopped, RunError},
	RunSucceeded:  {},
	RunFailed:     {},
	RunStopped:    {},
	RunError:      {},
}

// RunStatuses are all states, in the order a run meets them.
func RunStatuses() []RunStatus {
	return []RunStatus{RunQueued, RunStarting, RunRunning, RunCollecting, RunSucceeded, RunFailed, RunStopped, RunError}
}

// Next are the states that may follow s.
func (s RunStatus) Next() []RunStatus { return slices.Clone(runTransitions[s]) }

// CanBecome tells whether to may follow s.
func (s RunStatus) CanBecome(to RunStatus) bool { return slices.Contains(runTransitions[s], to) }

// Ended tells whether nothing follows s.
func (s RunStatus) Ended() bool { return len(runTransitions[s]) == 0 }

// Sealed tells whether a run in state s has a record: it ended by the user's doing.
func (s RunStatus) Sealed() bool { return s == RunSucceeded || s == RunFailed || s == RunStopped }

// StudyStatus is the state of a study.
type StudyStatus string

// The states of a study.
const (
	StudyRunning StudyStatus = "running"
	StudyDone    StudyStatus = "done"
	StudyStopped StudyStatus = "stopped"
	StudyError   StudyStatus = "error"
)

// studyTransitions lists every step a study may take. stopped → running is a person who
// resumes it, error → running one who tries again what kept it from its answer.
var studyTransitions = map[StudyStatus][]StudyStatus{
	StudyRunning: {StudyDone, StudyStopped, StudyError},
	StudyStopped: {StudyRunning},
	StudyError:   {StudyRunning},
	StudyDone:    {},
}

// StudyStatuses are all states, in the order a study meets them.
func StudyStatuses() []StudyStatus {
	return []StudyStatus{StudyRunning, StudyDone, StudyStopped, StudyError}
}

// Next are the states that may follow s.
func (s StudyStatus) Next() []StudyStatus { return slices.Clone(studyTransitions[s]) }

// CanBecome tells whether to may follow s.
func (s StudyStatus) CanBecome(to StudyStatus) bool { return slices.Contains(studyTransitions[s], to) }

// Ended tells whether the study is at rest: nothing follows unless somebody asks.
func (s StudyStatus) Ended() bool { return s != StudyRunning }
