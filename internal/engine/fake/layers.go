package fake

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/engine"
)

// fileStep plays the steps that touch files.
func (p *player) fileStep(verb, rest string) (bool, error) {
	name, text, _ := strings.Cut(rest, " ")
	var err error
	switch verb {
	case "write":
		err = p.put(name, false, strings.NewReader(text+"\n"))
	case "append":
		err = p.put(name, true, strings.NewReader(text+"\n"))
	case "fill":
		err = p.put(name, false, io.LimitReader(zeros{}, int64(atoi(text, 0))))
	case "mkdir":
		_, err = p.place(name+"/x", true)
	case "remove":
		err = p.erase(name)
	case "link":
		err = p.link(name, text)
	case "copy":
		err = p.copy(name, text)
	case "cat":
		return p.cat(name)
	default:
		return true, p.complain(unknownStep(verb))
	}
	if err == nil {
		return false, nil
	}
	return true, p.complain("fake: " + verb + " " + name + ": " + reasonOf(err))
}

func reasonOf(err error) string {
	var number syscall.Errno
	if errors.As(err, &number) {
		return number.Error()
	}
	return err.Error()
}

func (p *player) copy(from, to string) error {
	at, err := p.find(from)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(at)
	if err != nil {
		return err
	}
	return p.put(to, false, bytes.NewReader(content))
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// split finds the mount that a path lies on and its path there.
func (p *player) split(name string) (engine.Mount, string, error) {
	full := name
	if !filepath.IsAbs(full) {
		full = filepath.Join(p.spec.Dir, name)
	}
	for _, m := range p.engine.Mounts {
		if below, err := filepath.Rel(m.Target, full); err == nil && below != ".." && !strings.HasPrefix(below, "../") {
			return m, below, nil
		}
	}
	return engine.Mount{}, "", syscall.EROFS
}

// place is where a write to name lands: with its parents made, in the upper folder of an
// overlay or in the bound folder itself.
func (p *player) place(name string, makeParents bool) (string, error) {
	m, below, err := p.split(name)
	if err != nil {
		return "", err
	}
	top := m.Source
	if m.Overlay != nil {
		top = m.Overlay.Upper
	}
	at := top
	parts := strings.Split(filepath.Dir(below), "/")
	for _, part := range parts {
		if at = filepath.Join(at, part); !makeParents || part == "." {
			continue
		}
		if info, err := os.Lstat(at); err == nil && isWhiteout(info) {
			_ = os.Remove(at)
		}
		if err := os.Mkdir(at, 0o755); err == nil {
			p.own(at)
		}
	}
	return filepath.Join(top, below), nil
}

// find is where name's content is now; kind not_found where it is nowhere.
func (p *player) find(name string) (string, error) {
	m, below, err := p.split(name)
	if err != nil {
		return "", err
	}
	layers := []string{m.Source}
	if m.Overlay != nil {
		layers = append([]string{m.Overlay.Upper}, m.Overlay.Lower...)
	}
	for _, layer := range layers {
		at := filepath.Join(layer, below)
		info, err := os.Lstat(at)
		if err == nil && isWhiteout(info) {
			break
		}
		if err == nil {
			return at, nil
		}
	}
	return "", petri.Wrap(petri.NotFound, syscall.ENOENT, "%s is not there", name)
}

func isWhiteout(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.Mode()&os.ModeCharDevice != 0 && stat.Rdev == 0
}

func (p *player) put(name string, keep bool, content io.Reader) error {
	at, err := p.place(name, true)
	if err != nil {
		return err
	}
	old := []byte{}
	if keep {
		if from, err := p.find(name); err == nil {
			if old, err = os.ReadFile(from); err != nil {
				return err
			}
		}
	}
	// A new inode: the old one may be shared with the store.
	if err := ignoreMissing(os.Remove(at)); err != nil {
		return err
	}
	file, err := os.OpenFile(at, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(old)
	if err == nil {
		_, err = io.Copy(file, content)
	}
	p.own(at)
	return errors.Join(err, file.Close())
}

func (p *player) link(name, target string) error {
	at, err := p.place(name, true)
	if err != nil {
		return err
	}
	err = os.Symlink(target, at)
	p.own(at)
	return err
}

// erase removes name; over a lower layer it leaves a whiteout.
func (p *player) erase(name string) error {
	if _, err := p.find(name); err != nil {
		return err
	}
	at, err := p.place(name, true)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(at); err != nil {
		return err
	}
	if _, err := p.find(name); err != nil {
		return nil
	}
	return unix.Mknod(at, unix.S_IFCHR|0o600, 0)
}

func (p *player) cat(name string) (bool, error) {
	at, err := p.find(name)
	if err != nil {
		return true, p.complain("cat: " + name + ": no such file or directory")
	}
	text, err := os.ReadFile(at)
	if err != nil {
		return true, p.complain("cat: " + name + ": " + reasonOf(err))
	}
	for len(text) > 0 {
		n := min(len(text), petri.MaxLogFrame)
		if err := p.print(petri.Stdout, string(text[:n])); err != nil {
			return true, err
		}
		text = text[n:]
	}
	return false, nil
}

// own gives a file to the command's user, where we may.
func (p *player) own(at string) {
	if p.spec.UID >= 0 && os.Geteuid() == 0 {
		_ = os.Lchown(at, p.spec.UID, p.spec.GID)
	}
}
