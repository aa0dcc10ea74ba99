package httpd

import (
	"net/http"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

const (
	tagServer       = "server"
	tagEnvironments = "environments"
	tagProjects     = "projects"
	tagBlobs        = "blobs"
	tagRuns         = "runs"
	tagStudies      = "studies"
)

// What callers of most operations should expect.
func lookup() []petri.Kind { return []petri.Kind{petri.Invalid, petri.NotFound} }

func change() []petri.Kind {
	return []petri.Kind{petri.Invalid, petri.NotFound, petri.Denied, petri.Conflict, petri.Exhausted}
}

// routes is every operation of the API, in the order of its documentation.
func (s *server) routes() {
	handle(s, op{route: "GET /server", id: "get-server", summary: "What the server is", tag: tagServer, public: true}, s.getServer)
	handle(s, op{route: "GET /whoami", id: "get-identity", summary: "Who the server takes the caller for", tag: tagServer}, s.getIdentity)
	handle(s, op{route: "GET /doctor", id: "get-doctor", summary: "Look at the engine, the disk and the clock", tag: tagServer}, s.getDoctor)

	handle(s, op{route: "GET /environments", id: "list-environments", summary: "List the environments that the caller may see, by name", tag: tagEnvironments, kinds: lookup()}, s.listEnvironments)
	handle(s, op{route: "POST /environments", id: "create-environment", grows: true, summary: "Create an environment and queue the build of its revision 1", tag: tagEnvironments, kinds: change(), status: http.StatusCreated}, s.createEnvironment)
	handle(s, op{route: "GET /environments/{owner}/{name}", id: "get-environment", summary: "Get an environment", tag: tagEnvironments, kinds: lookup()}, s.getEnvironment)
	handle(s, op{route: "PATCH /environments/{owner}/{name}", id: "edit-environment", summary: "Change an environment's own fields, or promote a revision", tag: tagEnvironments, kinds: change()}, s.editEnvironment)
	handle(s, op{route: "POST /environments/{owner}/{name}/duplicate", id: "duplicate-environment", summary: "Copy one revision into a new environment", tag: tagEnvironments, kinds: change(), status: http.StatusCreated}, s.duplicateEnvironment)
	handle(s, op{route: "GET /environments/{owner}/{name}/usage", id: "get-environment-usage", summary: "Who uses an environment", tag: tagEnvironments, kinds: lookup()}, s.getUsage)
	handle(s, op{route: "GET /environments/{owner}/{name}/revisions", id: "list-revisions", summary: "List an environment's revisions, newest first", tag: tagEnvironments, kinds: lookup()}, s.listRevisions)
	handle(s, op{route: "POST /environments/{owner}/{name}/revisions", id: "create-revision", grows: true, summary: "Freeze a new revision and queue its build", tag: tagEnvironments, kinds: change(), status: http.StatusCreated}, s.createRevision)
	handle(s, op{route: "GET /environments/{owner}/{name}/revisions/{revision}", id: "get-revision", summary: "Get a revision: a number, active, or latest", tag: tagEnvironments, kinds: lookup()}, s.getRevision)
	handle(s, op{route: "POST /environments/{owner}/{name}/revisions/{revision}/build", id: "build-revision", grows: true, summary: "Build a failed or cancelled revision again", tag: tagEnvironments, kinds: change()}, s.buildRevision)
	handle(s, op{route: "POST /environments/{owner}/{name}/revisions/{revision}/cancel", id: "cancel-build", summary: "Ask that a revision's build end", tag: tagEnvironments, kinds: change()}, s.cancelBuild)
	stream(s, op{route: "GET /environments/{owner}/{name}/revisions/{revision}/log", id: "follow-build-log", summary: "Follow the log of a revision's latest build to its end, as server-sent build events", tag: tagEnvironments, kinds: lookup(), answer: api.TypeEvents, header: []string{"Last-Event-ID"}}, s.followBuildLog)
	handle(s, op{route: "GET /environments/{owner}/{name}/revisions/{revision}/packages", id: "list-revision-packages", summary: "List what a ready revision has installed", tag: tagEnvironments, kinds: []petri.Kind{petri.Invalid, petri.NotFound, petri.Conflict}}, s.revisionPackages)
	handle(s, op{route: "GET /environments/{owner}/{name}/revisions/{revision}/facts", id: "list-revision-facts", summary: "List what else of a ready revision's image can change a result: C library, BLAS, interpreters, …", tag: tagEnvironments, kinds: []petri.Kind{petri.Invalid, petri.NotFound, petri.Conflict}}, s.revisionFacts)
	handle(s, op{route: "GET /environments-diff", id: "diff-revisions", summary: "Compare two revisions", tag: tagEnvironments, kinds: lookup()}, s.diffRevisions)
	handle(s, op{route: "POST /instructions/lint", id: "lint-instructions", summary: "Check instructions without storing anything", tag: tagEnvironments, kinds: []petri.Kind{petri.Invalid}}, s.lintInstructions)

	handle(s, op{route: "GET /projects", id: "list-projects", summary: "List the projects that the caller may see, by name", tag: tagProjects, kinds: lookup()}, s.listProjects)
	handle(s, op{route: "POST /projects", id: "create-project", summary: "Create a project", tag: tagProjects, kinds: change(), status: http.StatusCreated}, s.createProject)
	handle(s, op{route: "GET /projects/{owner}/{name}", id: "get-project", summary: "Get a project", tag: tagProjects, kinds: lookup()}, s.getProject)
	handle(s, op{route: "PATCH /projects/{owner}/{name}", id: "edit-project", summary: "Change a project", tag: tagProjects, kinds: change()}, s.editProject)
	handle(s, op{route: "GET /projects/{owner}/{name}/commits", id: "list-commits", summary: "List history, newest first", tag: tagProjects, kinds: lookup()}, s.listCommits)
	handle(s, op{route: "POST /projects/{owner}/{name}/commits", id: "create-commit", grows: true, summary: "Make an uploaded tree the project's head", tag: tagProjects, kinds: change(), status: http.StatusCreated}, s.createCommit)
	handle(s, op{route: "GET /projects/{owner}/{name}/commits/{commit}", id: "get-commit", summary: "Get a commit by id, unambiguous prefix, or head", tag: tagProjects, kinds: lookup()}, s.getCommit)
	handle(s, op{route: "GET /projects/{owner}/{name}/commits/{commit}/files", id: "list-files", summary: "List a commit's files", tag: tagProjects, kinds: lookup()}, s.listFiles)
	stream(s, op{route: "GET /projects/{owner}/{name}/commits/{commit}/files/{path...}", id: "read-file", summary: "Read a file of a commit; of a link, its target", tag: tagProjects, kinds: lookup(), answer: "application/octet-stream"}, s.readFile)
	stream(s, op{route: "POST /projects/{owner}/{name}/commits/{commit}/pack", id: "fetch-pack", summary: "Get blobs that a commit reaches", tag: tagProjects, kinds: lookup(), body: "application/json", answer: api.TypePack}, s.fetchPack)

	handle(s, op{route: "POST /blobs/missing", id: "find-missing-blobs", summary: "Tell which blobs the server has not got", tag: tagBlobs, kinds: []petri.Kind{petri.Invalid}}, s.missingBlobs)
	stream(s, op{route: "POST /blobs/pack", id: "send-pack", grows: true, summary: "Send blobs, as they are or compressed with zstd", tag: tagBlobs, kinds: []petri.Kind{petri.Invalid, petri.Exhausted}, body: api.TypePack, header: []string{"Content-Encoding"}, status: http.StatusNoContent}, s.receivePack)
	stream(s, op{route: "HEAD /blobs/{digest}", id: "get-upload-offset", summary: "Tell how much of a blob the server has", tag: tagBlobs, kinds: lookup()}, s.uploadOffset)
	stream(s, op{route: "PUT /blobs/{digest}", id: "upload-blob", grows: true, summary: "Send a large blob, or the rest of it", tag: tagBlobs, kinds: []petri.Kind{petri.Invalid, petri.Conflict, petri.Exhausted}, body: "application/octet-stream", header: []string{api.HeaderUploadOffset, api.HeaderUploadLength}, status: http.StatusNoContent}, s.uploadBlob)

	handle(s, op{route: "GET /runs", id: "list-all-runs", summary: "List runs of all projects that the caller may see, newest first", tag: tagRuns, kinds: lookup()}, s.listAllRuns)
	handle(s, op{route: "GET /projects/{owner}/{name}/runs", id: "list-runs", summary: "List a project's runs, newest first", tag: tagRuns, kinds: lookup()}, s.listRuns)
	handle(s, op{route: "POST /projects/{owner}/{name}/runs", id: "create-run", grows: true, summary: "Submit a run", tag: tagRuns, kinds: change(), status: http.StatusCreated}, s.createRun)
	handle(s, op{route: "GET /projects/{owner}/{name}/runs/{number}", id: "get-run", summary: "Get a run", tag: tagRuns, kinds: lookup()}, s.getRun)
	stream(s, op{route: "GET /projects/{owner}/{name}/runs/{number}/log", id: "read-run-log", summary: "Read a run's log as frames, or follow it to its end", tag: tagRuns, kinds: lookup(), answer: api.TypeLog, query: []string{"follow", "from", "since", "tail"}}, s.readRunLog)
	stream(s, op{route: "GET /projects/{owner}/{name}/runs/{number}/events", id: "watch-run", summary: "Get the run at every change until it is sealed, as server-sent events", tag: tagRuns, kinds: lookup(), answer: api.TypeEvents}, s.watchRun)
	handle(s, op{route: "POST /projects/{owner}/{name}/runs/{number}/stop", id: "stop-run", summary: "Ask that a run end", tag: tagRuns, kinds: change()}, s.stopRun)
	handle(s, op{route: "POST /projects/{owner}/{name}/runs/{number}/rerun", id: "rerun", grows: true, summary: "Submit a run like a recorded one", tag: tagRuns, kinds: change(), status: http.StatusCreated}, s.rerun)
	stream(s, op{route: "GET /projects/{owner}/{name}/runs/{number}/record", id: "get-record", summary: "Get a run's record, byte for byte", tag: tagRuns, kinds: lookup(), answer: "application/json"}, s.getRecord)
	stream(s, op{route: "GET /projects/{owner}/{name}/runs/{number}/record/envelope", id: "get-record-envelope", summary: "Get the signed envelope (DSSE) of a run's record", tag: tagRuns, kinds: lookup(), answer: "application/json"}, s.getRecordEnvelope)
	handle(s, op{route: "GET /projects/{owner}/{name}/runs/{number}/verify", id: "verify-run", summary: "Recompute a run's record down to each blob", tag: tagRuns, kinds: lookup()}, s.verifyRun)
	handle(s, op{route: "GET /projects/{owner}/{name}/runs/{number}/packages", id: "list-run-packages", summary: "List what was installed at a run's start or end", tag: tagRuns, kinds: lookup()}, s.runPackages)
	handle(s, op{route: "GET /projects/{owner}/{name}/runs/{number}/facts", id: "list-run-facts", summary: "List what besides packages could change a run's result, of its environment and its machine", tag: tagRuns, kinds: []petri.Kind{petri.Invalid, petri.NotFound, petri.Conflict}}, s.runFacts)
	handle(s, op{route: "POST /projects/{owner}/{name}/runs/{number}/adopt", id: "adopt-results", grows: true, summary: "Make a run's results part of the project's head", tag: tagRuns, kinds: change()}, s.adoptResults)
	handle(s, op{route: "GET /packages/who-used", id: "who-used", summary: "Which revisions, projects, runs and result files a package had a part in", tag: tagRuns, kinds: lookup()}, s.whoUsed)
	handle(s, op{route: "GET /compare", id: "compare-runs", summary: "Compare two runs, as the first one's project says in its petri.toml but for what the query says otherwise", tag: tagRuns, kinds: []petri.Kind{petri.Invalid, petri.NotFound, petri.Conflict}}, s.compareRuns)
	stream(s, op{route: "GET /compare/picture", id: "draw-difference", summary: "Draw how a picture among the results of two runs differs", tag: tagRuns, kinds: []petri.Kind{petri.Invalid, petri.NotFound, petri.Conflict}, answer: "image/png", query: []string{"a", "b", "path"}}, s.drawDifference)

	s.studyRoutes()
}
