package httpd

import (
	"context"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/recall"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/versions"
)

type whoUsedInput struct {
	Query  string `query:"q" required:"true" doc:"a package, with its ecosystem and versions where they matter: scipy<1.8, r:survival>=3.2,<3.5"`
	Loaded bool   `query:"loaded" doc:"only runs that loaded it"`
	Limit  int    `query:"limit" minimum:"0" maximum:"1000" doc:"the most that each list of the answer holds; 0 for 20"`
	Before string `query:"before" doc:"only runs made before this one: owner/project#17"`
}

func (s *server) whoUsed(ctx context.Context, c access.Caller, in *whoUsedInput) (api.PackageUse, error) {
	query, err := versions.ParseQuery(in.Query)
	if err != nil {
		return api.PackageUse{}, err
	}
	options := recall.Options{Loaded: in.Loaded, Limit: in.Limit}
	if in.Before != "" {
		if options.Before, err = petri.ParseRunRef(in.Before, petri.ProjectRef{Owner: c.User.Name}); err != nil {
			return api.PackageUse{}, err
		}
	}
	answer, err := s.recall.WhoUsed(ctx, c, query, options)
	if err != nil {
		return api.PackageUse{}, err
	}
	return encodePackageUse(query, options, answer), nil
}

func encodePackageUse(q versions.Query, o recall.Options, a recall.Answer) api.PackageUse {
	out := api.PackageUse{
		Query: q.String(), Loaded: o.Loaded, Unknown: a.LoadedUnknown, Pending: a.Unindexed,
		Counts:    api.PackageCount{Revisions: a.Revisions, Projects: a.Projects, Runs: a.Runs, ResultFiles: a.ResultFiles},
		Revisions: list(a.RevisionRows, encodeRevisionUse), Projects: list(a.ProjectRows, encodeProjectUse), Runs: list(a.RunRows, encodeRunUse),
	}
	if a.Next != (petri.RunRef{}) {
		out.Next = a.Next.String()
	}
	return out
}

func encodeRevisionUse(r store.RevisionUse) api.PackageRevision {
	return api.PackageRevision{
		Ref: r.Ref.String(), CreatedBy: r.CreatedBy, CreatedAt: api.NewTime(r.CreatedAt), Packages: encodePackages(r.Packages),
	}
}

func encodeProjectUse(p store.ProjectUse) api.PackageProject {
	return api.PackageProject{Ref: p.Project.String(), Runs: p.Runs, ResultFiles: p.ResultFiles}
}

// maxUseResults bounds how many of a run's result files an answer names.
const maxUseResults = 20

func encodeRunUse(r store.RunUse) api.PackageRun {
	var left []petri.ResultChange
	for _, c := range r.ResultChanges {
		if c.Change != "removed" {
			left = append(left, c)
		}
	}
	return api.PackageRun{
		Ref: r.Ref.String(), Status: string(r.Status), Environment: r.Environment.String(), Command: texts(r.Spec.Command),
		Title: r.Spec.Title, CreatedBy: r.CreatedBy, CreatedAt: api.NewTime(r.CreatedAt), Packages: encodePackages(r.Packages),
		ResultFiles: len(left), Results: list(left[:min(len(left), maxUseResults)], encodeResult),
	}
}
