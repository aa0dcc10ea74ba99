package cli

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/petri-dev/petri"
)

// defaultURL is where a server of the same machine listens unless told otherwise.
const defaultURL = "http://127.0.0.1:8700"

// login is a server and who one is there.
type login struct {
	URL   string `json:"url"`
	Token string `json:"token"`
	// from says where it was found, for messages.
	from string
}

// findLogin finds the server: PETRI_URL and PETRI_TOKEN, else what petri login stored, else
// what a server of the same account left in its data folder. PETRI_URL alone takes the token that
// is stored for that very server.
func (a *app) findLogin() (login, error) {
	address, token := a.getenv("PETRI_URL"), a.getenv("PETRI_TOKEN")
	if address != "" {
		if err := checkURL(address); err != nil {
			return login{}, err
		}
	}
	if address != "" && token != "" {
		return login{URL: address, Token: token, from: "PETRI_URL and PETRI_TOKEN"}, nil
	}
	stored, err := a.storedLogin()
	if err != nil {
		return login{}, err
	}
	found := stored
	if found == nil || address != "" && sameServer(found.URL, address) != nil {
		found, err = a.dataLogin(address)
		if err != nil && (token == "" || petri.KindOf(err) != petri.Unavailable) {
			return login{}, err
		}
	}
	if found == nil {
		return login{URL: firstOf(address, defaultURL), Token: token, from: "PETRI_TOKEN"}, nil
	}
	if token != "" {
		found.Token = token
	}
	if address != "" {
		found.URL = address
	}
	return *found, nil
}

// sameServer tells, by an error, that two addresses are not of the same server; a token must
// not be sent to another.
func sameServer(a, b string) error {
	if strings.TrimRight(a, "/") == strings.TrimRight(b, "/") {
		return nil
	}
	return errors.New("another server")
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// loginFile is where petri login stores.
func (a *app) loginFile() (string, error) {
	dir := a.getenv("XDG_CONFIG_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", petri.Wrap(petri.Invalid, err, "no home folder is known to store the login in; set HOME, or PETRI_URL and PETRI_TOKEN")
		}
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "petri", "login.json"), nil
}

func (a *app) storedLogin() (*login, error) {
	path, err := a.loginFile()
	if err != nil {
		return nil, nil // no home, so nothing stored
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, petri.Wrap(petri.Invalid, err, "the stored login cannot be read (%v)", err)
	}
	l := login{from: path}
	if err := json.Unmarshal(b, &l); err != nil || checkURL(l.URL) != nil {
		return nil, petri.Wrap(petri.Invalid, err, "the stored login %s is damaged; log in again with: petri login URL", path)
	}
	return &l, nil
}

// dataLogin is what a server left in its data folder for its own account; nil for nothing. With
// address set, the token is only good for that very server: this machine, its port.
func (a *app) dataLogin(address string) (*login, error) {
	dir := a.getenv("PETRI_DATA")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, nil
		}
		dir = filepath.Join(home, ".petri")
	}
	token, err := os.ReadFile(filepath.Join(dir, "admin.token"))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			return nil, nil
		}
		return nil, petri.Wrap(petri.Invalid, err, "the token in %s cannot be read (%v)", dir, err)
	}
	l := login{from: dir}
	b, err := os.ReadFile(filepath.Join(dir, "server.json")) // which the server takes away as it ends
	if err != nil && address == "" {
		// Whoever listens at the usual address is another server, and must not get the token.
		return nil, petri.Wrap(petri.Unavailable, err, "no Petri server runs on the data folder %s: start one with: petri server --data %s", dir, dir)
	}
	if err != nil {
		return nil, nil
	}
	if err := json.Unmarshal(b, &l); err != nil || checkURL(l.URL) != nil {
		return nil, petri.Wrap(petri.Invalid, err, "%s is damaged; start the server again, which writes it anew", filepath.Join(dir, "server.json"))
	}
	l.Token = strings.TrimSpace(string(token))
	if address != "" && !(near(address) && portOf(address) == portOf(l.URL)) {
		return nil, nil
	}
	return &l, nil
}

func portOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Port()
}

// checkURL refuses what is no server's address. Kind: invalid.
func checkURL(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return petri.Errorf(petri.Invalid, "%q is not the address of a server: write it as http://HOST:PORT or https://HOST", address)
	}
	return nil
}

// near tells whether a server is on this machine.
func near(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
