package cli

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/workdir"
)

// definition is a revision as the flags give it, checked, before anything is sent.
type definition struct {
	revision api.NewRevision
	baseFile string   // to be uploaded
	attach   []string // to be uploaded
	clear    bool     // no files any more
}

// define reads and checks what the flags say; absent ones stay absent.
func (a *app) define(cmd *cobra.Command, f revisionFlags) (definition, error) {
	if err := petri.CheckText("the note", f.note); err != nil {
		return definition{}, err
	}
	d := definition{revision: api.NewRevision{Note: f.note, NoCache: f.noCache, Promote: f.promote}, attach: f.files, clear: f.noFiles}
	if f.from != "" {
		if err := d.from(f.from); err != nil {
			return d, err
		}
	}
	if f.instructions != "" {
		text, err := a.readInstructions(f.instructions)
		if err != nil {
			return d, err
		}
		d.revision.Instructions = &text
	}
	if cmd.Flags().Changed("env") {
		variables, err := parseVariables(f.variables, nil)
		if err != nil {
			return d, err
		}
		d.revision.Variables = &variables
	}
	for _, path := range f.files {
		if _, err := os.Stat(path); err != nil {
			return d, petri.Wrap(petri.Invalid, err, "the file %s cannot be attached: it is not there, or cannot be reached", workdir.Quote(path))
		}
	}
	return d, nil
}

// from reads what to start from. What looks like a path is one.
func (d *definition) from(s string) error {
	path, isFile := strings.CutPrefix(s, "file:")
	if !isFile {
		isFile = s == "." || s == ".." || strings.HasPrefix(s, "/") || strings.HasPrefix(s, "./") || strings.HasPrefix(s, "../")
		for _, end := range []string{".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.xz"} {
			isFile = isFile || strings.HasSuffix(s, end)
		}
	}
	if !isFile {
		if strings.ContainsAny(s, " \t\n\x00") || strings.HasPrefix(s, "-") {
			return petri.Errorf(petri.Invalid, "%q is neither an image, nor an environment, nor a file", s)
		}
		d.revision.Base = &api.Base{Kind: "auto", Ref: s}
		return nil
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return petri.Wrap(petri.Invalid, err, "there is no file %s to start from", workdir.Quote(path))
	case info.IsDir():
		return petri.Errorf(petri.Invalid, "%[1]s is a folder; pack it into a file first, and start from that: tar -C %[1]s -cf base.tar .", workdir.Quote(path))
	case !info.Mode().IsRegular():
		return petri.Errorf(petri.Invalid, "%s is no file to start from: give the tar of a root file system or of an image", workdir.Quote(path))
	case info.Size() == 0:
		return petri.Errorf(petri.Invalid, "the file %s is empty; give the tar of a root file system or of an image", workdir.Quote(path))
	}
	d.baseFile = path
	return checkTar(path)
}

func (a *app) readInstructions(path string) (string, error) {
	const most = 1 << 20
	var b []byte
	var err error
	if path == "-" {
		b, err = io.ReadAll(io.LimitReader(a.stdin, most+1))
	} else {
		b, err = os.ReadFile(path)
	}
	switch {
	case err != nil:
		return "", petri.Wrap(petri.Invalid, err, "the instructions %s cannot be read: %v", path, err)
	case len(b) > most:
		return "", petri.Errorf(petri.Invalid, "the instructions %s are longer than 1 MiB", path)
	}
	return string(b), checkInstructions(path, string(b))
}

// send uploads what the definition needs and completes it.
func (d definition) send(ctx context.Context, a *app, client *api.Client) (api.NewRevision, error) {
	in := d.revision
	if d.baseFile != "" {
		digest, err := a.uploadFile(ctx, client, d.baseFile)
		if err != nil {
			return in, err
		}
		in.Base = &api.Base{Kind: string(petri.BaseFile), Ref: filepath.Base(d.baseFile), File: string(digest)}
	}
	none := ""
	if d.clear {
		in.Files = &none
	}
	if len(d.attach) == 0 {
		return in, nil
	}
	m := a.meter("attach:")
	defer m.end()
	root, err := workdir.Attach(ctx, client, d.attach, workdir.PushOptions{
		Near: near(client.URL()), Progress: func(read, sent int64) { m.read.Add(read); m.sent.Add(sent) },
	})
	files := string(root)
	in.Files = &files
	return in, err
}

func (a *app) uploadFile(ctx context.Context, client *api.Client, path string) (petri.Digest, error) {
	m := a.meter("upload:")
	defer m.end()
	digest, size, err := workdir.DigestFile(ctx, path)
	if err != nil {
		return "", err
	}
	file, err := os.Open(path)
	if err != nil {
		return "", petri.Wrap(petri.Invalid, err, "the file %s cannot be read: %v", workdir.Quote(path), err)
	}
	defer file.Close()
	return digest, client.UploadBlob(ctx, digest, file, size, func(sent int64) { m.sent.Store(sent) })
}
