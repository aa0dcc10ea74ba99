package witness

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// finish lists packages again and writes the outcome, the last file of a run.
func (r *run) finish() error {
	r.loads.end() // before we open what is watched
	loaded := make(chan struct{})
	go func() {
		defer close(loaded)
		r.saveLoaded()
		r.hearing.end()
	}()
	if err := r.listAfter(); err != nil {
		// The outcome matters more: the run's record then has no second list.
		r.say("the package list at the end could not be written: %v", err)
	}
	r.outcome.StartedAt = r.outcome.StartedAt.UTC().Truncate(time.Microsecond)
	r.outcome.FinishedAt = r.outcome.FinishedAt.UTC().Truncate(time.Microsecond)
	text, err := encode(r.outcome)
	if err == nil {
		err = r.result.write(text)
	}
	<-r.saved
	<-loaded
	if err = errors.Join(err, r.result.publish()); err != nil {
		return fmt.Errorf("write the outcome: %w", err)
	}
	return nil
}

// listAfter leaves the list at the end; one that did not change is the first list's own file
// under a second name.
func (r *run) listAfter() error {
	list, err := r.packages()
	if err != nil {
		return err
	}
	text := list.Encode()
	if bytes.Equal(text, r.before) {
		<-r.saved
		if os.Link(filepath.Join(r.folder, PackagesBeforeFile), filepath.Join(r.folder, PackagesAfterFile)) == nil {
			return r.after.drop()
		}
	}
	return errors.Join(r.after.write(text), r.after.publish())
}

func encode(value any) ([]byte, error) { return json.Marshal(value) }
