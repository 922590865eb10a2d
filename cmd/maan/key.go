package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"maan/api"
	"maan/internal/dunning"
)

func keyCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "key", Short: "Make API keys"}
	var (
		role, actor string
		creditors   []string
		every       bool
	)
	create := &cobra.Command{
		Use:   "create",
		Short: "Make an API key and print it once",
		Long: `Make an API key and print it once. The first administrator's key is made here; further
keys can be made through the API.`,
		Example: "  maan key create --role administrator --actor first-admin --all-creditors\n" +
			"  maan key create --role finance --actor u-1042 --creditor acme --creditor acme-be",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if every == (len(creditors) > 0) {
				return errors.New("give --all-creditors, or --creditor once or more")
			}
			roles := []dunning.Role{dunning.RoleCollector, dunning.RoleFinance, dunning.RoleSales, dunning.RoleAuditor, dunning.RoleAdministrator}
			if !slices.Contains(roles, dunning.Role(role)) || actor == "" {
				return fmt.Errorf("give --role, one of %v, and --actor, an opaque id of the person or system", roles)
			}
			a, err := open(cmd.Context())
			if err != nil {
				return err
			}
			defer a.store.Close()
			now, err := a.clock.Now(cmd.Context())
			if err != nil {
				return err
			}
			key, row := api.NewAPIKey(dunning.Role(role), actor, creditors, now, nil)
			err = a.store.InsertAPIKey(cmd.Context(), row)
			if err == nil {
				fmt.Fprintln(cmd.OutOrStdout(), key)
			}
			return err
		},
	}
	create.Flags().StringVar(&role, "role", "", "collector, finance, sales, auditor or administrator")
	create.Flags().StringVar(&actor, "actor", "", "opaque id of the person or system that uses the key")
	create.Flags().StringArrayVar(&creditors, "creditor", nil, "a creditor that the key may see; may be given again")
	create.Flags().BoolVar(&every, "all-creditors", false, "the key may see every creditor")
	cmd.AddCommand(create)
	return cmd
}
