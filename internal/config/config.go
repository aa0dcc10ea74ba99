// Package config gathers the server's settings into one value. Only cmd/petri uses it; the
// parts of the server are handed what they need and never see it.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	gotoml "github.com/pelletier/go-toml/v2"
	"github.com/spf13/pflag"

	"github.com/petri-dev/petri"
)

// Server is what `petri server` can be told. Each field's key is also its flag and, in
// capitals after PETRI_ and with underscores, its environment variable. Flags win over
// variables, those over the file server.toml in the data folder, that over the defaults.
type Server struct {
	// Data is the data folder.
	Data string `koanf:"data"`
	// Listen is host:port.
	Listen string `koanf:"listen"`
	// DB is a postgres:// address; "" for SQLite in the data folder.
	DB string `koanf:"db"`
	// Docker is the engine's address; "" for DOCKER_HOST or the usual socket.
	Docker string `koanf:"docker"`
	// CABundle is a file of certificates that builds and runs are given to trust.
	CABundle string `koanf:"ca-bundle"`
	// Proxies that builds and runs are given.
	HTTPProxy  string `koanf:"http-proxy"`
	HTTPSProxy string `koanf:"https-proxy"`
	NoProxy    string `koanf:"no-proxy"`
	// CPUs and Memory are what all runs together may use; 0 and "" for all the machine has.
	CPUs   float64 `koanf:"cpus"`
	Memory string  `koanf:"memory"`
	// RunCPUs and RunMemory are what a run gets that asks for nothing.
	RunCPUs   float64 `koanf:"run-cpus"`
	RunMemory string  `koanf:"run-memory"`
	// Builds is how many builds go on at once.
	Builds int `koanf:"builds"`
	// Grace is the time from TERM to KILL.
	Grace time.Duration `koanf:"grace"`
	// DiskReserve is what must stay free on the data folder's disk.
	DiskReserve string `koanf:"disk-reserve"`
	// LogLevel is debug, info, warn or error.
	LogLevel string `koanf:"log-level"`
}

// Flags declares every setting as a flag, with its default.
func Flags(flags *pflag.FlagSet) {
	flags.String("data", defaultData(), "data folder; everything the server keeps is below it")
	flags.String("listen", "127.0.0.1:8700", "address to listen on")
	flags.String("db", "", "postgres://… to keep rows there (default SQLite in the data folder)")
	flags.String("docker", "", "Docker's address (default DOCKER_HOST, or unix:///var/run/docker.sock)")
	flags.String("ca-bundle", "", "file of CA certificates that builds and runs are given to trust")
	flags.String("http-proxy", "", "HTTP proxy that builds and runs are given")
	flags.String("https-proxy", "", "HTTPS proxy that builds and runs are given")
	flags.String("no-proxy", "", "hosts reached without a proxy")
	flags.Float64("cpus", 0, "CPUs that all runs together may use (default all)")
	flags.String("memory", "", "memory that all runs together may use, as in 16g (default all)")
	flags.Float64("run-cpus", 0, "CPUs of a run that asks for none (default 2, or all where there are fewer)")
	flags.String("run-memory", "", "memory of a run that asks for none (default a quarter of the machine's)")
	flags.Int("builds", 2, "builds that go on at once")
	flags.Duration("grace", 10*time.Second, "time a stopped run has between TERM and KILL")
	flags.String("disk-reserve", "1g", "bytes that must stay free on the data folder's disk")
	flags.String("log-level", "info", "debug, info, warn or error")
}

// Load gathers the settings. Kind: invalid, naming the setting and where it came from.
func Load(flags *pflag.FlagSet) (Server, error) {
	k := koanf.New("\x00") // keys are flat and may hold dots
	known := map[string]bool{}
	defaults := map[string]any{}
	flags.VisitAll(func(f *pflag.Flag) {
		known[f.Name] = true
		defaults[f.Name] = f.DefValue
	})
	if err := k.Load(confmap.Provider(defaults, ""), nil); err != nil {
		return Server{}, fmt.Errorf("read default settings: %w", err)
	}
	variables := env.Provider("\x00", env.Opt{Prefix: "PETRI_", TransformFunc: func(name, value string) (string, any) {
		key := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, "PETRI_")), "_", "-")
		if !known[key] || value == "" {
			return "", nil
		}
		return key, value
	}})
	changed := map[string]any{}
	flags.Visit(func(f *pflag.Flag) {
		if known[f.Name] {
			changed[f.Name] = f.Value.String()
		}
	})
	given := confmap.Provider(changed, "")

	// The file stands in the data folder, which variables and flags may set.
	where := koanf.New("\x00")
	for _, p := range []koanf.Provider{confmap.Provider(defaults, ""), variables, given} {
		if err := where.Load(p, nil); err != nil {
			return Server{}, fmt.Errorf("read settings: %w", err)
		}
	}
	if err := loadFile(k, filepath.Join(where.String("data"), "server.toml"), known); err != nil {
		return Server{}, err
	}
	for _, p := range []koanf.Provider{variables, given} {
		if err := k.Load(p, nil); err != nil {
			return Server{}, fmt.Errorf("read settings: %w", err)
		}
	}
	var s Server
	if err := k.Unmarshal("", &s); err != nil {
		return Server{}, wrongKind(k, err)
	}
	return s, s.check()
}

// wrongKind says which setting has a value of another kind than it takes; flags have been
// checked by now, so it is a variable's or the file's.
func wrongKind(k *koanf.Koanf, err error) error {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	Flags(flags)
	for _, key := range k.Keys() {
		flag := flags.Lookup(key)
		if flag == nil || flag.Value.Set(k.String(key)) == nil {
			continue
		}
		variable := "PETRI_" + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
		from := "server.toml"
		if os.Getenv(variable) != "" {
			from = "the variable " + variable
		}
		return petri.Wrap(petri.Invalid, err, "setting %s: %q in %s must be %s", key, k.String(key), from, kindOf(flag.Value.Type()))
	}
	return petri.Wrap(petri.Invalid, err, "a setting has a value of the wrong kind: %v", err)
}

func kindOf(flagType string) string {
	switch flagType {
	case "int":
		return "a whole number"
	case "float64":
		return "a number"
	case "duration":
		return "a duration, as 10s or 2m"
	}
	return "text"
}

func loadFile(k *koanf.Koanf, path string, known map[string]bool) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil
	}
	if err := k.Load(file.Provider(path), toml.Parser()); err != nil {
		var malformed *gotoml.DecodeError
		if errors.As(err, &malformed) {
			line, column := malformed.Position()
			return petri.Wrap(petri.Invalid, err, "cannot read the settings in %s, line %d, column %d: %s", path, line, column, strings.TrimPrefix(malformed.Error(), "toml: "))
		}
		return petri.Wrap(petri.Invalid, err, "cannot read the settings in %s: %v", path, err)
	}
	for _, key := range k.Keys() {
		if !known[key] {
			return petri.Errorf(petri.Invalid, "%s holds the setting %q, which Petri does not know; petri server --help lists them", path, key)
		}
	}
	return nil
}

func (s Server) check() error {
	for name, value := range map[string]string{"memory": s.Memory, "run-memory": s.RunMemory, "disk-reserve": s.DiskReserve} {
		if _, err := petri.ParseBytes(value); value != "" && err != nil {
			return petri.Wrap(petri.Invalid, err, "setting %s: %s", name, petri.MessageOf(err))
		}
	}
	switch {
	case s.Data == "":
		return petri.Errorf(petri.Invalid, "no data folder: give --data DIR")
	case s.Builds < 1 || s.Builds > 64:
		return petri.Errorf(petri.Invalid, "setting builds: %d at once cannot be; use 1 to 64", s.Builds)
	case s.CPUs < 0 || s.RunCPUs < 0:
		return petri.Errorf(petri.Invalid, "settings cpus and run-cpus cannot be negative")
	case s.Grace < 0 || s.Grace > time.Hour:
		return petri.Errorf(petri.Invalid, "setting grace: use up to an hour, not %s", s.Grace)
	case strings.ContainsAny(s.Data, ",:"):
		return petri.Errorf(petri.Invalid, "the data folder's path %q holds a comma or a colon, which overlay mounts cannot take; choose another with --data", s.Data)
	}
	if s.CABundle != "" {
		if _, err := os.Stat(s.CABundle); err != nil {
			return petri.Wrap(petri.Invalid, err, "setting ca-bundle: cannot read %s", s.CABundle)
		}
	}
	return nil
}

func defaultData() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".petri")
}
