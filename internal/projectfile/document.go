package projectfile

import "github.com/petri-dev/petri"

// document is the file's form.
type document struct {
	Project     string          `toml:"project"`
	Environment string          `toml:"environment"`
	Trials      *bool           `toml:"trials"`
	Run         runDocument     `toml:"run"`
	Checks      []checkDocument `toml:"check"`
	Compare     compareDocument `toml:"compare"`
}

type runDocument struct {
	Command   any               `toml:"command"` // a string, or a list of strings
	CPUs      float64           `toml:"cpus"`
	Memory    string            `toml:"memory"`
	GPUs      int               `toml:"gpus"`
	Timeout   string            `toml:"timeout"`
	Network   string            `toml:"network"`
	Variables map[string]string `toml:"variables"`
	Tags      []string          `toml:"tags"`
}

type checkDocument struct {
	Name      string            `toml:"name"`
	Command   any               `toml:"command"`
	CPUs      float64           `toml:"cpus"`
	Memory    string            `toml:"memory"`
	GPUs      int               `toml:"gpus"`
	Timeout   string            `toml:"timeout"`
	Network   string            `toml:"network"`
	Variables map[string]string `toml:"variables"`
	Results   []string          `toml:"results"`
	Ignore    []string          `toml:"ignore"`
	RTol      *float64          `toml:"rtol"`
	ATol      *float64          `toml:"atol"`
	Keys      []string          `toml:"keys"`
	Stdout    string            `toml:"stdout"`
	Files     []fileDocument    `toml:"file"`
}

type compareDocument struct {
	Ignore []string       `toml:"ignore"`
	RTol   *float64       `toml:"rtol"`
	ATol   *float64       `toml:"atol"`
	Keys   []string       `toml:"keys"`
	Stdout string         `toml:"stdout"`
	Logs   []logDocument  `toml:"log"`
	Files  []fileDocument `toml:"file"`
}

type logDocument struct {
	Pattern string `toml:"pattern"`
	Replace string `toml:"replace"`
}

type fileDocument struct {
	Pattern string                    `toml:"pattern"`
	RTol    *float64                  `toml:"rtol"`
	ATol    *float64                  `toml:"atol"`
	Keys    []string                  `toml:"keys"`
	Columns map[string]columnDocument `toml:"columns"`
}

type columnDocument struct {
	Ignore bool     `toml:"ignore"`
	RTol   *float64 `toml:"rtol"`
	ATol   *float64 `toml:"atol"`
}

func (d runDocument) read() (Run, string, error) {
	r := Run{CPUs: d.CPUs, GPUs: d.GPUs, Network: petri.Network(d.Network), Variables: d.Variables, Tags: d.Tags}
	var err error
	if r.Command, err = command(d.Command); err != nil {
		return r, "command", err
	}
	if d.Memory != "" {
		if r.MemoryBytes, err = ParseSize(d.Memory); err != nil {
			return r, "memory", err
		}
	}
	if d.Timeout != "" {
		if r.Timeout, err = ParseDuration(d.Timeout); err != nil {
			return r, "timeout", err
		}
	}
	return r, "", r.check()
}

// check asks the words for runs what they think of the whole; a command may be said elsewhere.
func (r Run) check() error {
	spec := r.Spec()
	if len(spec.Command) == 0 {
		spec.Command = []string{"true"}
	}
	return spec.Check()
}

// Spec is the run that is asked for where nothing else is said.
func (r Run) Spec() petri.RunSpec {
	return petri.RunSpec{
		Command: r.Command, CPUs: r.CPUs, MemoryBytes: r.MemoryBytes, GPUs: r.GPUs, Timeout: r.Timeout,
		Network: r.Network, Variables: r.Variables, Tags: r.Tags,
	}
}
