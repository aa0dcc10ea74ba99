package buildkit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/session"
	"github.com/moby/buildkit/session/secrets/secretsprovider"
	"github.com/moby/buildkit/util/staticfs"
	"github.com/tonistiigi/fsutil"
	"github.com/tonistiigi/fsutil/types"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/builder"
)

// options says what the daemon is asked for: one image, by name, of these files.
func (b *Builder) options(ctx context.Context, req builder.Request, file *dockerfile) (client.SolveOpt, *trust, error) {
	attached, key, err := buildContext(ctx, req.Context)
	if err != nil {
		return client.SolveOpt{}, nil, err
	}
	bundle, err := readBundle(b.config.CABundle)
	if err != nil {
		return client.SolveOpt{}, nil, err
	}
	trust := newTrust(bundle)
	// Named by its content: the daemon takes a file of the same name, size and time for the
	// one that an earlier build sent.
	name := "Dockerfile-" + petri.DigestBytes(file.text).Hex()
	text := staticfs.NewFS()
	text.Add(name, &types.Stat{Mode: 0o644}, file.text)

	attrs := map[string]string{"image-resolve-mode": "local", "filename": name}
	for arg, value := range b.config.BuildArgs {
		attrs["build-arg:"+arg] = value
	}
	if req.NoCache {
		attrs["no-cache"] = ""
	}
	return client.SolveOpt{
		Exports:       []client.ExportEntry{{Type: "moby", Attrs: map[string]string{"name": req.Name}}},
		LocalMounts:   map[string]fsutil.FS{"dockerfile": text, "context": attached},
		SharedKey:     key,
		FrontendAttrs: attrs,
		Session:       []session.Attachable{secretsprovider.FromMap(trust.secrets())},
	}, trust, nil
}

// buildContext is the attached files as the daemon gets them: owned by root, as COPY makes
// them. The key names their content: the daemon tells changed files by size and time
// only, and so must never compare one build's files with those of another.
func buildContext(ctx context.Context, folder string) (fsutil.FS, string, error) {
	if folder == "" {
		return staticfs.NewFS(), "petri-empty", nil
	}
	files, err := fsutil.NewFS(folder)
	if err == nil {
		files, err = fsutil.NewFilterFS(files, &fsutil.FilterOpt{Map: func(_ string, s *types.Stat) fsutil.MapResult {
			s.Uid, s.Gid = 0, 0
			return fsutil.MapResultKeep
		}})
	}
	if err != nil {
		return nil, "", fmt.Errorf("open the attached files: %w", err)
	}
	key, err := contentKey(ctx, files)
	if err != nil {
		return nil, "", petri.Wrap(petri.Internal, err, "the attached files cannot be read")
	}
	return files, key, nil
}

func contentKey(ctx context.Context, files fsutil.FS) (string, error) {
	sum := sha256.New()
	err := files.Walk(ctx, "", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%q %v %d ", path, info.Mode(), info.Size())
		if stat, ok := info.Sys().(*types.Stat); ok {
			fmt.Fprintf(sum, "%q ", stat.Linkname)
		}
		if !info.Mode().IsRegular() {
			return nil
		}
		return hashFile(sum, files, path)
	})
	return "petri-" + hex.EncodeToString(sum.Sum(nil)), err
}

func hashFile(sum io.Writer, files fsutil.FS, path string) error {
	f, err := files.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(sum, f)
	return err
}
