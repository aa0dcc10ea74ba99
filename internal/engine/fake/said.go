package fake

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/internal/witness"
)

// facts are those of every run here.
func facts() petri.Facts {
	return petri.NewFacts([]petri.Fact{
		{Name: petri.FactKernel, Value: "fake"}, {Name: petri.FactArchitecture, Value: "fake"}, {Name: petri.FactCPUModel, Value: "fake"},
	})
}

// sayStep plays the steps by which a run tells of itself.
func (p *player) sayStep(verb, rest string) (bool, error) {
	switch verb {
	case "metric":
		name, value, _ := strings.Cut(rest, " ")
		m, err := petri.NewMetric(name, value)
		if err != nil {
			return true, p.complain("petri: " + petri.MessageOf(err))
		}
		return false, p.note(m)
	case "wobble":
		near := 1 + rand.Float64()/1e4
		return false, p.note(petri.Metric{Name: rest, Number: &near})
	case "load":
		p.noteLoaded(strings.Fields(rest))
	case "unseen":
		p.now.Unseen = true
	}
	return false, nil
}

// note appends a metric, as the witness does; played again after a crash it says the same.
func (p *player) note(m petri.Metric) error {
	line, err := json.Marshal(m)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(p.folder, witness.MetricsFile), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(append(line, '\n'))
	return errors.Join(err, file.Close())
}

func (p *player) noteLoaded(words []string) {
	switch len(words) {
	case 2:
		for _, row := range p.container.engine.image(p.engine.Image).packages(p.engine) {
			if row.Ecosystem == words[0] && row.Name == words[1] {
				p.now.Loaded = append(p.now.Loaded, row)
			}
		}
	case 3:
		p.now.Loaded = append(p.now.Loaded, petri.Package{Ecosystem: words[0], Name: words[1], Version: words[2]})
	}
}

// leaveLoaded writes what was loaded, where that could be seen.
func (p *player) leaveLoaded() error {
	if p.now.Unseen {
		return nil
	}
	return replace(p.folder, witness.LoadedFile, petri.NewPackageList(append([]petri.Package{}, p.now.Loaded...)).Encode())
}
