package httpd

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/access"
)

// CommitPath names a commit in a path.
type CommitPath struct {
	ProjectPath
	Commit string `path:"commit" doc:"id, unambiguous prefix, or head"`
}

// commit finds a commit of a project that the caller may see.
func (s *server) commit(ctx context.Context, c access.Caller, p ProjectPath, spec string) (petri.CommitID, petri.Commit, error) {
	project, err := s.projects.Get(ctx, c, p.ref(c))
	if err != nil {
		return "", petri.Commit{}, err
	}
	return s.Files.Resolve(ctx, project.Project, spec)
}

// The most commits that one list gives, and how many it gives unless asked.
const (
	maxCommits     = 10_000
	defaultCommits = 1_000
)

type listCommitsInput struct {
	ProjectPath
	From  string `query:"from" doc:"where to begin: id, prefix, or head, which is the default"`
	Limit int    `query:"limit" minimum:"0" maximum:"10000"`
}

func (s *server) listCommits(ctx context.Context, c access.Caller, in *listCommitsInput) ([]api.Commit, error) {
	project, err := s.projects.Get(ctx, c, in.ref(c))
	if err != nil {
		return nil, err
	}
	from := project.Head
	if in.From != "" {
		if from, _, err = s.Files.Resolve(ctx, project.Project, in.From); err != nil {
			return nil, err
		}
	}
	limit := in.Limit
	if limit == 0 {
		limit = defaultCommits
	}
	found, err := s.projects.History(ctx, project.Project, from, min(limit, maxCommits))
	return list(found, encodeCommit), err
}

type createCommitInput struct {
	ProjectPath
	Body api.NewCommit
}

func (s *server) createCommit(ctx context.Context, c access.Caller, in *createCommitInput) (api.Commit, error) {
	project, err := s.projects.Writable(ctx, c, in.ref(c))
	if err != nil {
		return api.Commit{}, err
	}
	root, err := petri.ParseDigest(in.Body.Tree)
	if err != nil {
		return api.Commit{}, err
	}
	commit := petri.Commit{Tree: root, Author: c.User.Name, Message: in.Body.Message, CreatedAt: s.Now(), Git: (*petri.GitState)(in.Body.Git)}
	if in.Body.Parent != "" {
		parent, err := petri.ParseCommitID(in.Body.Parent)
		if err != nil {
			return api.Commit{}, err
		}
		commit.Parents = []petri.CommitID{parent}
	}
	id, err := s.Files.Commit(ctx, project, petri.CommitID(in.Body.Parent), commit)
	if err != nil {
		return api.Commit{}, err
	}
	_, made, err := s.Files.Resolve(ctx, project, string(id))
	if err != nil {
		return api.Commit{}, err
	}
	s.follow(ctx, c, project, made)
	return encodeCommit(made), nil
}

func (s *server) getCommit(ctx context.Context, c access.Caller, in *CommitPath) (api.Commit, error) {
	_, found, err := s.commit(ctx, c, in.ProjectPath, in.Commit)
	return encodeCommit(found), err
}

func (s *server) listFiles(ctx context.Context, c access.Caller, in *CommitPath) ([]api.File, error) {
	_, commit, err := s.commit(ctx, c, in.ProjectPath, in.Commit)
	if err != nil {
		return nil, err
	}
	found, err := s.Files.List(ctx, commit.Tree)
	return list(found, encodeListed), err
}

// projectOf reads the project in a raw request's path.
func projectOf(r *http.Request) ProjectPath {
	return ProjectPath{Owner: r.PathValue("owner"), Name: r.PathValue("name")}
}

func (s *server) readFile(w http.ResponseWriter, r *http.Request, c access.Caller) error {
	_, commit, err := s.commit(r.Context(), c, projectOf(r), r.PathValue("commit"))
	if err != nil {
		return err
	}
	file, entry, err := s.Files.ReadFile(r.Context(), commit.Tree, r.PathValue("path"))
	if err != nil {
		return err
	}
	defer file.Close()
	header := w.Header()
	header.Set("Content-Type", "application/octet-stream")
	header.Set("Content-Disposition", "attachment") // never a page of ours, whatever a user stored
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Length", strconv.FormatInt(entry.Size, 10))
	header.Set("ETag", `"`+entry.Digest.Hex()+`"`)
	_, err = io.Copy(w, file)
	return gone(err)
}

func (s *server) fetchPack(w http.ResponseWriter, r *http.Request, c access.Caller) error {
	_, commit, err := s.commit(r.Context(), c, projectOf(r), r.PathValue("commit"))
	if err != nil {
		return err
	}
	var in api.Digests
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxJSON)).Decode(&in); err != nil && err != io.EOF {
		return petri.Wrap(petri.Invalid, err, "the request is malformed: its body is not a list of digests")
	}
	want, err := digests(in)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", api.TypePack)
	return s.Files.SendPack(r.Context(), w, commit.Tree, want)
}

// gone marks an error of writing an answer as what it nearly always is.
func gone(err error) error {
	if err == nil {
		return nil
	}
	return petri.Wrap(petri.Canceled, err, "the caller went away")
}
