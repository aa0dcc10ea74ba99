package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
	"github.com/petri-dev/petri/internal/projectfile"
)

func (a *app) logsCommand() *cobra.Command {
	var o api.LogOptions
	var since string
	var stamps bool
	cmd := &cobra.Command{
		Use:   "logs RUN",
		Short: "Show what a run printed, or prints",
		Example: `  petri logs 17
  petri logs -f science/churn#17
  petri logs 17 --since 10m --timestamps
  petri logs 17 --tail 50`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: a.completeRuns,
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, err := a.run(args[0])
			if err != nil {
				return err
			}
			if o.Since, err = parseSince(since, time.Now()); err != nil {
				return err
			}
			if o.Tail < 0 {
				return petri.Errorf(petri.Invalid, "cannot show the last %d lines", o.Tail)
			}
			return a.with(cmd.Context(), func(ctx context.Context, client *api.Client) error {
				body, err := client.RunLog(ctx, ref, o)
				if err != nil {
					return err
				}
				defer body.Close()
				return a.copyLog(body, a.frameShower(stamps))
			})
		},
	}
	cmd.Flags().BoolVarP(&o.Follow, "follow", "f", false, "show more as it comes, until the run has ended")
	cmd.Flags().StringVar(&since, "since", "", "leave out what is older: 10m, or a time such as 2026-11-23T14:00:00Z")
	cmd.Flags().IntVar(&o.Tail, "tail", 0, "only the last so many lines")
	cmd.Flags().BoolVarP(&stamps, "timestamps", "t", false, "show when each line was printed")
	return cmd
}

// parseSince reads how long ago, or when.
func parseSince(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if d, err := projectfile.ParseDuration(s); err == nil {
		return now.Add(-d), nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	return time.Time{}, petri.Errorf(petri.Invalid, "%q is not a time: write 10m for ten minutes ago, or 2026-11-23T14:00:00Z", s)
}

// logLine is a piece of a log as --json prints it, one on a line.
type logLine struct {
	Time   string `json:"time"`
	Stream string `json:"stream"`
	Data   string `json:"data"`
}

// frameShower is how frames are shown.
func (a *app) frameShower(stamps bool) func(petri.LogFrame) error {
	name := map[byte]string{petri.Stdout: "stdout", petri.Stderr: "stderr"}
	if a.json {
		encoder := json.NewEncoder(a.stdout)
		encoder.SetEscapeHTML(false)
		return func(f petri.LogFrame) error {
			return encoder.Encode(logLine{petri.FormatTime(f.Time), name[f.Stream], string(f.Data)})
		}
	}
	if !stamps {
		return a.writeFrame
	}
	begin := map[byte]bool{petri.Stdout: true, petri.Stderr: true}
	s := a.style(a.stdout)
	return func(f petri.LogFrame) error {
		w := a.stdout
		if f.Stream == petri.Stderr {
			w = a.stderr
		}
		for line := range bytes.SplitAfterSeq(f.Data, []byte("\n")) {
			if len(line) == 0 {
				continue
			}
			if begin[f.Stream] {
				if _, err := fmt.Fprint(w, s.faint(petri.FormatTime(f.Time))+" "); err != nil {
					return err
				}
			}
			if _, err := w.Write(line); err != nil {
				return err
			}
			begin[f.Stream] = line[len(line)-1] == '\n'
		}
		return nil
	}
}
