package cli

import (
	"context"
	"runtime/debug"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/workdir"
)

// synced is what is known after a folder was made a commit.
type synced struct {
	commit   petri.CommitID
	made     *api.Commit // nil when the folder was at that commit already
	snapshot *workdir.Snapshot
}

// ease lets memory grow a little more between collections: a scan of many files makes much
// that lives to the end of a short process.
func ease() { debug.SetGCPercent(400) }

// lock keeps other petris from the folder, and says so where one has to be waited for.
func (a *app) lock(ctx context.Context, p place) (unlock func(), err error) {
	return p.folder.Lock(ctx, func() { a.say("Waiting for another petri that is at work in %s", p.folder.Root) })
}

// state is what the folder is based on. Where the project or the server was called otherwise
// when it was noted, the commit tells whether it is the same one: no other project has it.
func (a *app) state(ctx context.Context, client *api.Client, p place) (workdir.State, error) {
	noted, err := p.folder.State()
	if err != nil {
		return noted, err
	}
	state := noted.For(client.URL(), showProject(p.project))
	if state.Commit != "" || noted.Commit == "" {
		return state, nil
	}
	known, err := client.Commit(ctx, p.project, string(noted.Commit))
	switch {
	case petri.KindOf(err) == petri.NotFound:
		return state, nil
	case err != nil:
		return state, err
	case known.Tree == string(noted.Tree):
		state.Commit, state.Tree = noted.Commit, noted.Tree
	}
	return state, nil
}

// commit sends what changed in the folder and makes it the project's head, which is head now.
func (a *app) commit(ctx context.Context, client *api.Client, p place, head petri.CommitID, message string) (synced, error) {
	ease()
	unlock, err := a.lock(ctx, p)
	if err != nil {
		return synced{}, err
	}
	defer unlock()
	state, err := a.state(ctx, client, p)
	if err != nil {
		return synced{}, err
	}
	if head != state.Commit {
		// Another petri in this folder may have moved the head while this one waited for it.
		project, err := client.Project(ctx, p.project)
		if err != nil {
			return synced{}, err
		}
		head = petri.CommitID(project.Head)
	}
	if head != state.Commit {
		return a.behindHead(ctx, client, p, state)
	}
	m := a.meter("push:")
	snapshot, err := p.folder.Push(ctx, client, workdir.PushOptions{
		Base: state.Tree, Near: near(client.URL()),
		Progress: func(read, sent int64) { m.read.Add(read); m.sent.Add(sent) },
	})
	m.end()
	if err != nil {
		return synced{}, err
	}
	if snapshot.Tree() == state.Tree && state.Commit != "" {
		return synced{commit: state.Commit, snapshot: snapshot}, nil
	}
	in := api.NewCommit{Tree: string(snapshot.Tree()), Parent: string(state.Commit), Message: message}
	if git := p.folder.Git(ctx); git != nil {
		in.Git = &api.GitState{Remote: git.Remote, Commit: git.Commit, Dirty: git.Dirty}
	}
	made, err := client.CreateCommit(ctx, p.project, in)
	if petri.KindOf(err) == petri.Conflict {
		return a.behind(ctx, client, p, state, snapshot, err)
	}
	if err != nil {
		return synced{}, err
	}
	state.Commit, state.Tree = petri.CommitID(made.ID), petri.Digest(made.Tree)
	return synced{commit: state.Commit, made: &made, snapshot: snapshot}, p.folder.SetState(state)
}

// behindHead is commit where the head is not what the folder is based on: nothing is sent, and
// only a folder that holds just what a commit holds is at one.
func (a *app) behindHead(ctx context.Context, client *api.Client, p place, state workdir.State) (synced, error) {
	snapshot, err := p.folder.Scan(ctx, workdir.ScanOptions{})
	if err != nil {
		return synced{}, err
	}
	if snapshot.Tree() == state.Tree && state.Commit != "" {
		return synced{commit: state.Commit, snapshot: snapshot}, nil
	}
	moved := petri.Errorf(petri.Conflict, "the head of project %s has moved; get it first with: petri pull", showProject(p.project))
	return a.behind(ctx, client, p, state, snapshot, moved)
}

// behind looks why a commit was refused: where the project's head is just what the folder
// holds, the folder is at that commit; else one must pull first.
func (a *app) behind(ctx context.Context, client *api.Client, p place, state workdir.State, snapshot *workdir.Snapshot, refused error) (synced, error) {
	head, err := client.Commit(ctx, p.project, "head")
	if err != nil {
		return synced{}, refused
	}
	if head.Tree != string(snapshot.Tree()) {
		if head.ID == string(state.Commit) {
			return synced{}, refused
		}
		return synced{}, petri.Wrap(petri.Conflict, refused, "the project %s has a newer commit, %s by %s, than the one this folder is based on; get it first with: petri pull",
			showProject(p.project), petri.CommitID(head.ID).Short(), head.Author)
	}
	state.Commit, state.Tree = petri.CommitID(head.ID), petri.Digest(head.Tree)
	return synced{commit: state.Commit, snapshot: snapshot}, p.folder.SetState(state)
}

// checkout brings a folder from the commit it is based on to another one.
func (a *app) checkout(ctx context.Context, client *api.Client, p place, target api.Commit) (int, error) {
	ease()
	unlock, err := a.lock(ctx, p)
	if err != nil {
		return 0, err
	}
	defer unlock()
	state, err := a.state(ctx, client, p)
	if err != nil {
		return 0, err
	}
	m := a.meter("pull:")
	defer m.end()
	n, err := p.folder.Checkout(ctx, client,
		workdir.Tree{Project: p.project, Commit: state.Commit, Root: state.Tree},
		workdir.Tree{Project: p.project, Commit: petri.CommitID(target.ID), Root: petri.Digest(target.Tree)},
		workdir.CheckoutOptions{Progress: func(files, bytes int64) { m.files.Add(files); m.read.Add(bytes) }})
	if err != nil {
		return 0, err
	}
	state.Commit, state.Tree = petri.CommitID(target.ID), petri.Digest(target.Tree)
	return n, p.folder.SetState(state)
}
