package httpd

import (
	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/files"
	"github.com/petri-dev/petri/internal/projects"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/tree"
)

// These functions turn the dictionary's words into what travels. None of them decides
// anything; lists come out as [], never as null.

func list[A, B any](in []A, encode func(A) B) []B {
	out := make([]B, len(in))
	for i, v := range in {
		out[i] = encode(v)
	}
	return out
}

func texts[S ~string](in []S) []string { return list(in, func(s S) string { return string(s) }) }

func variables(in map[string]string) map[string]string {
	if in == nil {
		return map[string]string{}
	}
	return in
}

func encodeCommit(c petri.Commit) api.Commit {
	return api.Commit{
		ID: string(c.ID()), Tree: string(c.Tree), Parents: texts(c.Parents), Author: c.Author, Message: c.Message,
		CreatedAt: api.NewTime(c.CreatedAt), Files: c.Files, Bytes: c.Bytes, Git: (*api.GitState)(c.Git),
	}
}

func encodeProject(p projects.Project) api.Project {
	environment := ""
	if p.Environment.Name != "" {
		environment = p.Environment.String()
	}
	return api.Project{
		Ref: p.Ref().String(), Owner: p.Owner, Name: p.Name, Visibility: string(p.Visibility), Environment: environment,
		Head: string(p.Head), Archived: p.Archived, Runs: p.Runs, CreatedBy: p.CreatedBy, CreatedAt: api.NewTime(p.CreatedAt),
	}
}

func encodeRun(r petri.Run) api.Run {
	out := api.Run{
		Ref: r.Ref.String(), Number: r.Ref.Number, Status: string(r.Status), Command: texts(r.Spec.Command),
		Commit: string(r.Commit), Environment: r.Environment.String(), ImageDigest: string(r.Image),
		CPUs: r.Spec.CPUs, MemoryBytes: r.Spec.MemoryBytes, GPUs: r.Spec.GPUs, TimeoutSeconds: r.Spec.Timeout.Seconds(),
		Network: string(r.Spec.Network), Variables: variables(r.Spec.Variables), Origin: r.Origin, CreatedBy: r.CreatedBy,
		Error: r.Error, CreatedAt: api.NewTime(r.CreatedAt), StartedAt: api.TimePointer(r.StartedAt),
		FinishedAt: api.TimePointer(r.FinishedAt), SealedAt: api.TimePointer(r.SealedAt),
		LogDigest: string(r.Log), ResultsCommit: string(r.Results), Results: list(r.ResultChanges, encodeResult), LeftOut: list(r.LeftOut, encodeLeftOut),
		RerunOf: r.RerunOf, Check: r.Check, Tags: texts(r.Spec.Tags), Title: r.Spec.Title, RecordDigest: string(r.Record),
		EnvironmentChanged: r.EnvironmentChanged(), Reason: runs.Reason(r), Metrics: list(r.Metrics, encodeMetric),
	}
	if !r.FinishedAt.IsZero() && r.Status != petri.RunError {
		encodeOutcome(&out, r)
	}
	return out
}

func encodeOutcome(out *api.Run, r petri.Run) {
	o := r.Outcome
	if !r.StartedAt.IsZero() || o.ExitCode != 0 {
		code := o.ExitCode
		out.ExitCode = &code
	}
	out.Signal, out.OOMKilled, out.TimedOut, out.DiskFull = o.Signal, o.OOMKilled, o.TimedOut, o.DiskFull
	out.WallSeconds, out.CPUSeconds, out.PeakMemoryBytes = o.Wall.Seconds(), o.CPU.Seconds(), o.PeakMemoryBytes
	if o.Stopped {
		out.StoppedBy = r.StopRequestedBy
	}
}

func encodeResult(c petri.ResultChange) api.Result {
	return api.Result{FilePath: api.NewFilePath(c.Path), Change: c.Change, Bytes: c.Bytes, Digest: string(c.Digest)}
}

func encodeLeftOut(l petri.LeftOut) api.LeftOut {
	return api.LeftOut{FilePath: api.NewFilePath(l.Path), Why: l.Why}
}

func encodePackages(l petri.PackageList) []api.Package {
	return list(l, func(p petri.Package) api.Package { return api.Package(p) })
}

func encodePackageChanges(l []petri.PackageChange) []api.PackageChange {
	return list(l, func(c petri.PackageChange) api.PackageChange { return api.PackageChange(c) })
}

func encodeEnvironment(e store.EnvironmentSummary) api.Environment {
	return api.Environment{
		Ref: e.Ref().String(), Owner: e.Owner, Name: e.Name, Description: e.Description, Visibility: string(e.Visibility),
		ActiveRevision: e.Active, Archived: e.Archived, CreatedBy: e.CreatedBy, CreatedAt: api.NewTime(e.CreatedAt),
		Revisions: e.Revisions, Latest: e.Latest, LatestStatus: string(e.LatestStatus),
	}
}

func encodeRevision(r petri.Revision, active bool, files []api.File) api.Revision {
	d := r.Definition
	if files == nil {
		files = []api.File{}
	}
	return api.Revision{
		Ref: r.Ref.String(), Number: r.Ref.Revision, Status: string(r.Status), Active: active,
		Base: d.Base.Ref, BaseKind: string(d.Base.Kind), BaseDigest: string(d.Base.Digest),
		Instructions: d.Instructions, Files: files, Variables: variables(d.Variables),
		ImageDigest: string(r.Image.Digest), ManifestDigest: string(r.Image.Manifest), ImageBytes: r.Image.Bytes,
		PackageCount: r.Image.PackageCount, PackagesDigest: string(r.Image.Packages), ReusedFrom: r.ReusedFrom,
		Note: r.Note, CreatedBy: r.CreatedBy, CreatedAt: api.NewTime(r.CreatedAt),
		BuildSeconds: r.BuildDuration.Seconds(), Error: r.Error,
	}
}

func encodeFile(path string, e tree.Entry) api.File {
	return api.File{FilePath: api.NewFilePath(path), Kind: kindName(e.Kind), Bytes: e.Size, Digest: string(e.Digest)}
}

func encodeListed(f files.File) api.File { return encodeFile(f.Path, f.Entry) }

func kindName(k tree.Kind) string {
	switch k {
	case tree.Executable:
		return "executable"
	case tree.Link:
		return "link"
	case tree.Folder:
		return "folder"
	}
	return "file"
}

func encodeFieldChange(c petri.FieldChange) api.FieldChange { return api.FieldChange(c) }

func encodePathChange(c petri.PathChange) api.PathChange {
	return api.PathChange{FilePath: api.NewFilePath(c.Path), Change: c.Change, Hunks: c.Hunks}
}
