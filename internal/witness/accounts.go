package witness

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/petri-dev/petri"
)

// account is a line of /etc/passwd.
type account struct {
	name     string
	uid, gid int
	home     string
}

// accounts are the users and groups of an image.
type accounts struct {
	users  []account
	groups map[string]int
}

// maxAccountFile bounds what is read of /etc/passwd and /etc/group.
const maxAccountFile = 4 << 20

// readAccounts reads both files below root; an image may well have neither.
func readAccounts(root string) accounts {
	known := accounts{groups: map[string]int{}}
	for _, f := range colonLines(filepath.Join(root, "etc/passwd"), 7) {
		uid, err1 := strconv.Atoi(f[2])
		gid, err2 := strconv.Atoi(f[3])
		if err1 == nil && err2 == nil && isID(uid) && isID(gid) {
			known.users = append(known.users, account{name: f[0], uid: uid, gid: gid, home: f[5]})
		}
	}
	for _, f := range colonLines(filepath.Join(root, "etc/group"), 3) {
		if gid, err := strconv.Atoi(f[2]); err == nil && isID(gid) {
			known.groups[f[0]] = gid
		}
	}
	return known
}

// isID tells whether Docker and the kernel take n for an account or group: what is greater would
// wrap around to another one, perhaps root.
func isID(n int) bool { return n >= 0 && n <= math.MaxInt32 }

func colonLines(path string, least int) [][]string {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0) // an image may have a pipe there
	if err != nil {
		return nil
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxAccountFile))
	if err != nil {
		return nil
	}
	var lines [][]string
	for line := range strings.Lines(string(text)) {
		if fields := strings.Split(strings.TrimSpace(line), ":"); len(fields) >= least {
			lines = append(lines, fields)
		}
	}
	return lines
}

// byID is the account with that number; for one that the image does not know, a name of ours.
func (a accounts) byID(uid int) account {
	for _, user := range a.users {
		if user.uid == uid {
			return user
		}
	}
	return account{name: "petri", uid: uid, gid: uid}
}

// resolve reads an image's USER: a name or number, and perhaps a group after a colon. Like
// Docker, it gives a number without an account group 0. Kind: invalid.
func (a accounts) resolve(written string) (petri.ImageUser, error) {
	if written == "" {
		return petri.ImageUser{}, nil
	}
	name, group, hasGroup := strings.Cut(written, ":")
	found, ok := a.find(name)
	if !ok {
		return petri.ImageUser{}, petri.Errorf(petri.Invalid, "the image's USER is %q, and its /etc/passwd has no such account", written)
	}
	user := petri.ImageUser{Declared: true, UID: found.uid, GID: found.gid, Home: found.home}
	if hasGroup {
		gid, known := a.groups[group]
		if !known {
			var err error
			if gid, err = strconv.Atoi(group); err != nil || !isID(gid) {
				return petri.ImageUser{}, petri.Errorf(petri.Invalid, "the image's USER is %q, and its /etc/group has no such group", written)
			}
		}
		user.GID = gid
	}
	return user, nil
}

func (a accounts) find(name string) (account, bool) {
	for _, user := range a.users {
		if user.name == name {
			return user, true
		}
	}
	uid, err := strconv.Atoi(name)
	if err != nil || !isID(uid) {
		return account{}, false
	}
	for _, user := range a.users {
		if user.uid == uid {
			return user, true
		}
	}
	return account{uid: uid}, true
}

// inspectImage is the whole of inspect mode.
func (w *witness) inspectImage() error {
	user, err := readAccounts("/").resolve(w.spec.User)
	if err != nil {
		return err
	}
	r := &run{witness: w, env: commandEnv(os.Environ(), w.spec, readAccounts("/"))}
	list, err := r.packages()
	if err != nil {
		return err
	}
	if err := WriteFile(w.folder, PackagesAfterFile, list.Encode()); err != nil {
		return fmt.Errorf("write the package list: %w", err)
	}
	if err := WriteFile(w.folder, FactsFile, imageFacts("/", r.env).Encode()); err != nil {
		return fmt.Errorf("write the facts: %w", err)
	}
	return WriteJSON(w.folder, ImageFile, ImageFacts{User: user})
}
