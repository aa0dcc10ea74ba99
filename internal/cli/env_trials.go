package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/petri-dev/petri"
	"github.com/petri-dev/petri/api"
)

func (a *app) envTrialsCommand() *cobra.Command {
	return a.envCommandFor("trials REF", "List the trials of an environment, or of one revision, newest first", "  petri env trials science/r\n  petri env trials science/r@5 --json", parseEnvironment,
		func(ctx context.Context, client *api.Client, ref petri.EnvironmentRef) error {
			list, err := client.Trials(ctx, ref)
			if err != nil {
				return err
			}
			return printList(a, list, func() { a.printTrials(list) })
		})
}

func (a *app) printTrials(list []api.Study) {
	s, rows := a.style(a.stdout), [][]string{}
	for _, t := range list {
		verdict := t.Verdict
		if t.Status != string(petri.StudyDone) {
			verdict = t.Status
		}
		rows = append(rows, []string{t.Ref, t.Candidate, t.Control, s.finding(verdict), fmt.Sprint(len(t.Checks)), ago(t.CreatedAt.Time, time.Now()), t.CreatedBy})
	}
	a.table([]string{"TRIAL", "CANDIDATE", "CONTROL", "VERDICT", "CHECKS", "MADE", "BY"}, rows)
}
