package cli

import "github.com/petri-dev/petri/api"

func (a *app) printFactList(facts []api.Fact) error {
	return printList(a, facts, func() {
		rows := [][]string{}
		for _, f := range facts {
			rows = append(rows, []string{f.Name, f.Value})
		}
		a.table([]string{"FACT", "VALUE"}, rows)
	})
}
