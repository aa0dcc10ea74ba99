package store

import (
	"database/sql/driver"
	"encoding/json"

	"github.com/petri-dev/petri"
)

// studyDocument keeps the part of a study that its kind has as one JSON text. The kind must
// be read before it.
type studyDocument petri.Study

func (d *studyDocument) part() (any, error) {
	switch d.Kind {
	case petri.StudyChecks:
		return &d.Checks, nil
	case petri.StudyReproduction:
		return &d.Reproduction, nil
	case petri.StudyTrial:
		return &d.Trial, nil
	case petri.StudyBisection:
		return &d.Bisection, nil
	}
	return nil, petri.Errorf(petri.Invalid, "%q is no kind of study", d.Kind)
}

// Value implements driver.Valuer.
func (d *studyDocument) Value() (driver.Value, error) {
	part, err := d.part()
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(part)
	if err == nil && string(b) == "null" {
		return nil, petri.Errorf(petri.Invalid, "the study says nothing of what a %s is", d.Kind)
	}
	return string(b), err
}

// UnmarshalJSON implements json.Unmarshaler.
func (d *studyDocument) UnmarshalJSON(b []byte) error {
	part, err := d.part()
	if err != nil {
		return err
	}
	return json.Unmarshal(b, part)
}
