package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/config"
)

func load(t *testing.T, args ...string) (config.Server, error) {
	t.Helper()
	flags := pflag.NewFlagSet("server", pflag.ContinueOnError)
	config.Flags(flags)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return config.Load(flags)
}

func TestPrecedence(t *testing.T) {
	dir := t.TempDir()
	file := "listen = \"127.0.0.1:1\"\nbuilds = 5\ngrace = \"3s\"\nrun-cpus = 1.5\n"
	if err := os.WriteFile(filepath.Join(dir, "server.toml"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PETRI_DATA", dir)
	t.Setenv("PETRI_LISTEN", "127.0.0.1:2")
	t.Setenv("PETRI_URL", "http://elsewhere") // the client's, not a setting of the server
	got, err := load(t, "--listen", "127.0.0.1:3", "--log-level", "debug")
	if err != nil {
		t.Fatal(err)
	}
	if got.Data != dir || got.Listen != "127.0.0.1:3" || got.Builds != 5 || got.Grace.Seconds() != 3 || got.RunCPUs != 1.5 || got.LogLevel != "debug" || got.DiskReserve != "1g" {
		t.Errorf("settings are %+v", got)
	}
}

func TestRefusals(t *testing.T) {
	bad := t.TempDir()
	if err := os.WriteFile(filepath.Join(bad, "server.toml"), []byte("lisen = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "server.toml"), []byte("listen = \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	wrong := t.TempDir()
	if err := os.WriteFile(filepath.Join(wrong, "server.toml"), []byte("builds = \"many\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--data", bad}, `setting "lisen"`},
		{[]string{"--data", broken}, "line 1, column 10"},
		{[]string{"--data", wrong}, `setting builds: "many" in server.toml must be a whole number`},
		{[]string{"--disk-reserve", "some"}, "setting disk-reserve: "},
		{[]string{"--data", "/a,b"}, "comma"},
		{[]string{"--builds", "0"}, "builds"},
		{[]string{"--memory", "lots"}, "not a size"},
		{[]string{"--run-cpus", "-1"}, "negative"},
		{[]string{"--grace", "48h"}, "grace"},
		{[]string{"--ca-bundle", "/nowhere/ca.crt"}, "ca-bundle"},
	} {
		if _, err := load(t, c.args...); petri.KindOf(err) != petri.Invalid || !strings.Contains(petri.MessageOf(err), c.says) && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: got %v, want an invalid error saying %q", c.args, err, c.says)
		}
	}
}
