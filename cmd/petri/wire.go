package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/user"
	"regexp"
	"strings"
	"time"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/access"
	"github.com/petri-dev/petri/internal/blob/disk"
	"github.com/petri-dev/petri/internal/envs"
	"github.com/petri-dev/petri/internal/files"
	"github.com/petri-dev/petri/internal/httpd"
	"github.com/petri-dev/petri/internal/recall"
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/trials"
	"github.com/petri-dev/petri/internal/witness/embedded"
	"github.com/petri-dev/petri/internal/worker"
)

// server is everything wired together, at rest.
type server struct {
	folder  *dataFolder
	db      *store.DB
	worker  *worker.Worker
	trials  *trials.Service
	recall  *recall.Service
	web     *http.Server
	ending  chan struct{} // closed when the server is about to stop
	release func() error  // lets another server have the database
	log     *slog.Logger
}

// openServer wires a server over its data folder, which is its from then on. What it opened is
// closed again when it fails.
func openServer(ctx context.Context, s settings, folder *dataFolder, makeParts func(settings) (parts, error), log *slog.Logger) (_ *server, err error) {
	s.Data = folder.path
	sv := &server{folder: folder, log: log}
	defer func() {
		if err != nil {
			sv.close()
		}
	}()
	parts, err := makeParts(s)
	if err != nil {
		return nil, err
	}
	if sv.db, err = store.Open(ctx, dsn(s, folder), store.Options{Now: time.Now, Log: log}); err != nil {
		return nil, err
	}
	if sv.release, err = sv.db.Exclusive(ctx); err != nil {
		return nil, err
	}
	id, err := sv.firstStart(ctx)
	if err != nil {
		return nil, err
	}
	return sv, sv.wire(ctx, s, parts, id)
}

func (sv *server) wire(ctx context.Context, s settings, parts parts, id string) error {
	root := os.Geteuid() == 0
	blobs, err := disk.Open(s.Data, disk.Options{UID: worker.StoreUID, GID: worker.StoreUID})
	if err != nil {
		return err
	}
	reserve, err := petri.ParseBytes(s.DiskReserve)
	if err != nil {
		return err
	}
	blobs.KeepFree(reserve)
	trees := files.New(sv.db, blobs, sv.folder.in("trees"), time.Now)
	key, err := runs.LoadOrCreateKey(sv.folder.in("server.key"))
	if err != nil {
		return err
	}
	limits, err := machineLimits(ctx, s, parts)
	if err != nil {
		return err
	}
	environments := envs.New(sv.db, blobs, trees.CheckTree, time.Now)
	executions := runs.New(runs.Config{DB: sv.db, Blobs: blobs, Limits: limits, Key: key, Server: id, Now: time.Now, Room: func() error { return blobs.Room(0) }})
	witness, err := embedded.Install(sv.folder.in("witness"))
	if err != nil {
		return err
	}
	sv.worker = worker.New(worker.Config{
		DB: sv.db, Envs: environments, Runs: executions, Files: trees, Blobs: blobs, Engine: parts.engine, Builder: parts.builder,
		Data: s.Data, Server: id, Witness: witness, CABundle: s.CABundle, Proxies: proxies(s),
		Builds: s.Builds, CPUs: limits.CPUs, MemoryBytes: limits.MemoryBytes, Grace: s.Grace, DiskReserve: reserve,
		Root: root, Log: sv.log, Now: time.Now,
	})
	sv.trials = trials.New(trials.Config{DB: sv.db, Blobs: blobs, Runs: executions, Envs: environments, Files: trees, Now: time.Now, Log: sv.log})
	sv.recall = recall.New(sv.db, blobs, sv.log)
	sv.ending = make(chan struct{})
	sv.web = httpd.Server(httpd.New(httpd.Config{
		DB: sv.db, Envs: environments, Runs: executions, Trials: sv.trials, Files: trees, Blobs: blobs, Data: s.Data, ServerID: id, Version: versionText(),
		Doctor: doctor{engine: parts.engine, data: s.Data, reserve: reserve, db: sv.db}.checks,
		Engine: func(ctx context.Context) error { _, err := parts.engine.Info(ctx); return err },
		Room:   func() error { return blobs.Room(0) },
		Stop:   sv.ending, Log: sv.log, Now: time.Now,
	}), sv.log)
	return nil
}

func dsn(s settings, folder *dataFolder) string {
	if s.DB != "" {
		return s.DB
	}
	return folder.in("petri.db")
}

func (sv *server) close() {
	var errs []error
	if sv.release != nil {
		errs = append(errs, sv.release())
	}
	if sv.db != nil {
		errs = append(errs, sv.db.Close())
	}
	if err := errors.Join(append(errs, sv.folder.Close())...); err != nil {
		sv.log.Error("close", "error", err)
	}
}

// firstStart gives the server its administrator and its identity, once, and returns the
// identity. The token it leaves lets this account's client in without signing in.
func (sv *server) firstStart(ctx context.Context) (string, error) {
	path := sv.folder.in("admin.token")
	made, err := access.FirstAdministrator(ctx, sv.db, accountName(), func(token string) error {
		return writeSecret(path, []byte(token+"\n"))
	})
	if err != nil {
		return "", err
	}
	if made {
		sv.log.Info("first start: made an administrator", "user", accountName(), "token", path)
	}
	return sv.identity(ctx)
}

// identity is what tells this server from others. It stands in the database and in the data
// folder, so that neither is ever used with another's: rows name blobs and run folders. The
// folder's comes first, so that a crash between the two leaves nothing that looks foreign.
func (sv *server) identity(ctx context.Context) (string, error) {
	path := sv.folder.in("server.id")
	kept, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("read the server's identity: %w", err)
	}
	folder := strings.TrimSpace(string(kept))
	var id string
	err = sv.db.Update(ctx, func(tx *store.Tx) (err error) {
		if id, err = tx.Settings().Get("server.id"); err != nil {
			return err
		}
		switch {
		case id == folder && id != "":
			return nil
		case id == "" && folder != "" && sv.folder.used():
			return petri.Errorf(petri.Conflict, "the data folder %s belongs to another database than this empty one; give the server the database it had (--db), or an empty folder (--data)", sv.folder.path)
		case id != "" && (folder != "" || sv.db.Kind() != "sqlite"): // SQLite's file is in the folder itself
			return petri.Errorf(petri.Conflict, "the database belongs to a server whose data folder is another than %s; give the server the folder it had (--data), or a database of its own (--db)", sv.folder.path)
		}
		id = cmp.Or(id, folder, strings.ToLower(rand.Text()))
		if err := writeSecret(path, []byte(id+"\n")); err != nil {
			return err
		}
		return tx.Settings().Set("server.id", id)
	})
	return id, err
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// accountName is this account's name as far as it can name a user.
func accountName() string {
	account, err := user.Current()
	if err != nil {
		return "admin"
	}
	name := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(account.Username), "-"), "-")
	if petri.CheckName("user", name) != nil {
		return "admin"
	}
	return name
}
