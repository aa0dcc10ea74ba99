package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
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
	"github.com/petri-dev/petri/internal/runs"
	"github.com/petri-dev/petri/internal/store"
	"github.com/petri-dev/petri/internal/witness/embedded"
	"github.com/petri-dev/petri/internal/worker"
)

// server is everything wired together, at rest.
type server struct {
	folder *dataFolder
	db     *store.DB
	worker *worker.Worker
	web    *http.Server
	ending chan struct{} // closed when the server is about to stop
	log    *slog.Logger
}

// storeUID owns stored files and runs commands where the server is root.
const storeUID = 1000

// openServer wires a server over its data folder. What it opened is closed again when it
// fails.
func openServer(ctx context.Context, s settings, makeParts func(settings) (parts, error), log *slog.Logger) (_ *server, err error) {
	folder, err := openDataFolder(s.Data)
	if err != nil {
		return nil, err
	}
	s.Data = folder.path
	sv := &server{folder: folder, log: log}
	defer func() {
		if err != nil {
			sv.close()
		}
	}()
	if sv.db, err = store.Open(ctx, dsn(s, folder), store.Options{Now: time.Now, Log: log}); err != nil {
		return nil, err
	}
	id, err := sv.firstStart(ctx)
	if err != nil {
		return nil, err
	}
	parts, err := makeParts(s)
	if err != nil {
		return nil, err
	}
	return sv, sv.wire(ctx, s, parts, id)
}

func (sv *server) wire(ctx context.Context, s settings, parts parts, id string) error {
	root := os.Geteuid() == 0
	blobs, err := disk.Open(s.Data, disk.Options{UID: storeUID, GID: storeUID})
	if err != nil {
		return err
	}
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
	executions := runs.New(runs.Config{DB: sv.db, Blobs: blobs, Limits: limits, Key: key, Server: id, Now: time.Now})
	witness, err := embedded.Install(sv.folder.in("witness"))
	if err != nil {
		return err
	}
	reserve, err := petri.ParseBytes(s.DiskReserve)
	if err != nil {
		return err
	}
	sv.worker = worker.New(worker.Config{
		DB: sv.db, Envs: environments, Runs: executions, Files: trees, Blobs: blobs, Engine: parts.engine, Builder: parts.builder,
		Data: s.Data, Server: id, Witness: witness, CABundle: s.CABundle, Proxies: proxies(s),
		Builds: s.Builds, CPUs: limits.CPUs, MemoryBytes: limits.MemoryBytes, Grace: s.Grace, DiskReserve: reserve,
		Root: root, Log: sv.log, Now: time.Now,
	})
	sv.ending = make(chan struct{})
	sv.web = httpd.Server(httpd.New(httpd.Config{
		DB: sv.db, Envs: environments, Runs: executions, Files: trees, Blobs: blobs, Data: s.Data, ServerID: id, Version: versionText(),
		Doctor: doctor{engine: parts.engine, data: s.Data, reserve: reserve, db: sv.db}.checks,
		Engine: func(ctx context.Context) error { _, err := parts.engine.Info(ctx); return err },
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
	if sv.db != nil {
		errs = append(errs, sv.db.Close())
	}
	if err := errors.Join(append(errs, sv.folder.Close())...); err != nil {
		sv.log.Error("close", "error", err)
	}
}

// firstStart gives the server its identity and its administrator, once, and returns the
// identity. The token it leaves lets this account's client in without signing in.
func (sv *server) firstStart(ctx context.Context) (string, error) {
	var id string
	token, hash := access.NewToken()
	created := false
	err := sv.db.Update(ctx, func(tx *store.Tx) (err error) {
		created = false
		if id, err = tx.Settings().Get("server.id"); err != nil || id != "" {
			return err
		}
		random := make([]byte, 8)
		_, _ = rand.Read(random) // never fails
		id = hex.EncodeToString(random)
		admin := &petri.User{Name: accountName(), Admin: true}
		if err := tx.Users().Create(admin); err != nil {
			return err
		}
		if err := tx.Tokens().Create(admin.ID, "first start", hash); err != nil {
			return err
		}
		// The file comes before the row: a token that no row knows is replaced at the next start,
		// a row whose token nobody has would lock the administrator out.
		if err := writeSecret(sv.folder.in("admin.token"), []byte(token+"\n")); err != nil {
			return err
		}
		created = true
		return tx.Settings().Set("server.id", id)
	})
	if err != nil {
		return "", fmt.Errorf("set up the data folder: %w", err)
	}
	if created {
		sv.log.Info("first start: made an administrator", "user", accountName(), "token", sv.folder.in("admin.token"))
	}
	return id, nil
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
