package cli

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFindLogin(t *testing.T) {
	cases := []struct {
		name                string
		env                 map[string]string
		stored, data, token bool
		want                login
		fails               bool
	}{
		{name: "nothing at all", want: login{URL: defaultURL}},
		{name: "both variables", env: map[string]string{"PETRI_URL": "https://a.test", "PETRI_TOKEN": "t"}, stored: true, want: login{URL: "https://a.test", Token: "t"}},
		{name: "token alone", env: map[string]string{"PETRI_TOKEN": "t"}, want: login{URL: defaultURL, Token: "t"}},
		{name: "token for the stored server", env: map[string]string{"PETRI_TOKEN": "t"}, stored: true, want: login{URL: "https://stored.test", Token: "t"}},
		{name: "stored", stored: true, data: true, want: login{URL: "https://stored.test", Token: "stored"}},
		{name: "URL of the stored server", env: map[string]string{"PETRI_URL": "https://stored.test/"}, stored: true, want: login{URL: "https://stored.test/", Token: "stored"}},
		{name: "URL of another server gets no token", env: map[string]string{"PETRI_URL": "https://evil.test"}, stored: true, data: true, want: login{URL: "https://evil.test"}},
		{name: "own data folder", data: true, want: login{URL: "http://127.0.0.1:9999", Token: "admin"}},
		{name: "own data folder, other address", env: map[string]string{"PETRI_URL": "http://localhost:9999"}, data: true, want: login{URL: "http://localhost:9999", Token: "admin"}},
		{name: "own data folder, another port", env: map[string]string{"PETRI_URL": "http://localhost:1234"}, data: true, want: login{URL: "http://localhost:1234"}},
		{name: "data folder of a server that is not up", token: true, fails: true},
		{name: "data folder of a server that is not up, token given", env: map[string]string{"PETRI_TOKEN": "t"}, token: true, want: login{URL: defaultURL, Token: "t"}},
		{name: "malformed URL", env: map[string]string{"PETRI_URL": "nonsense"}, fails: true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			home := t.TempDir()
			t.Setenv("HOME", home)
			file := func(path, text string) {
				full := filepath.Join(home, path)
				if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if c.stored {
				file(".config/petri/login.json", `{"url":"https://stored.test","token":"stored"}`)
			}
			if c.data || c.token {
				file(".petri/admin.token", "admin\n")
			}
			if c.data {
				file(".petri/server.json", `{"url":"http://127.0.0.1:9999"}`)
			}
			a := newApp(Options{})
			a.getenv = func(name string) string { return c.env[name] }
			got, err := a.findLogin()
			if c.fails {
				if err == nil {
					t.Errorf("found %+v", got)
				}
				return
			}
			if err != nil || got.URL != c.want.URL || got.Token != c.want.Token {
				t.Errorf("found %s %q, %v; want %s %q", got.URL, got.Token, err, c.want.URL, c.want.Token)
			}
		})
	}
}
