package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"symbolon/web"
	"symbolon/web/locale"
)

// errors prints the catalogue of what people may be refused with, for whoever helps them.
func (s *session) errors() *cobra.Command {
	language, code := "en", ""
	c := &cobra.Command{
		Use: "errors", Short: "What each number on an error page means, what people read there, and what to do", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			all, err := locale.Load()
			if err != nil {
				return err
			}
			if !all.Speaks(language) {
				return misused{fmt.Errorf("no texts in %q", language)}
			}
			words, table := all.Words(language), tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			found := false
			for _, row := range web.Errors() {
				if code == "" || code == row.Number || code == row.Code {
					found = true
					_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n\t\t%s\n", row.Number, row.Code, words.Text(row.Title), row.Support)
				}
			}
			if !found {
				return fmt.Errorf("%s was never given to anything", code)
			}
			return table.Flush()
		},
	}
	c.Flags().StringVar(&language, "language", language, "of what people read")
	c.Flags().StringVar(&code, "of", code, "only this number, or this code")
	return c
}
