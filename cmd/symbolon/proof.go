package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/spf13/cobra"

	"symbolon/cmd/hub"
	"symbolon/config"
	"symbolon/provider/enrolment"
	"symbolon/provider/oauth"
)

// longestProof is the most that is read of a record or of a set of keys.
const longestProof = 4 << 20

func (s *session) proof() *cobra.Command {
	return group("proof", "Look at the records of logins and enrolments", s.verifyProof(), s.openProof(), s.proveEnrolment())
}

// verifyProof needs no settings, no database and no network: whoever holds a record can run it.
func (s *session) verifyProof() *cobra.Command {
	var keys, issuer string
	verify := &cobra.Command{
		Use: "verify FILE", Short: "Say whether the record of a login or an enrolment is genuine, offline, and what it says",
		Args: func(cmd *cobra.Command, given []string) error {
			if len(given) != 1 || keys == "" {
				return misused{fmt.Errorf("usage: %s --keys FILE", cmd.UseLine())}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, given []string) error { return s.verify(given[0], keys, issuer) },
	}
	verify.Flags().StringVar(&keys, "keys", "", "file with the key set, from historical_jwks_uri of the issuer's metadata")
	verify.Flags().StringVar(&issuer, "issuer", "", "the issuer that the record must be of")
	return verify
}

func (s *session) verify(file, keys, issuer string) error {
	token, err := readUpTo(file)
	if err != nil {
		return err
	}
	raw, err := readUpTo(keys)
	if err != nil {
		return err
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(raw, &set); err != nil {
		return fmt.Errorf("%s: not a key set (RFC 7517 §5)", keys)
	}
	text, check := strings.TrimSpace(string(token)), oauth.VerifyProof
	if oauth.RecordType(text) == enrolment.RecordType {
		check = func(token string, set jose.JSONWebKeySet, issuer string) ([]byte, string, error) {
			return oauth.VerifyRecord(token, enrolment.RecordType, set, issuer)
		}
	}
	claims, kid, err := check(text, set, issuer)
	if err != nil {
		return err
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, claims, "", "  "); err != nil {
		return fmt.Errorf("%w: it says nothing that can be read", oauth.ErrNotGenuine)
	}
	s.say("%s\nThe record is genuine. It was signed with key %s.", pretty.String(), kid)
	return nil
}

func readUpTo(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if info.Size() > longestProof {
		return nil, fmt.Errorf("%s: larger than %d bytes", file, longestProof)
	}
	return os.ReadFile(file)
}

// openProof takes both shares of the evidence key: nobody opens a full record alone.
func (s *session) openProof() *cobra.Command {
	var shares []string
	open := s.act("open TXN", "Open the full record of a login with both shares of the evidence key; it is recorded", 1,
		func(ctx context.Context, c config.Config, args []string) error {
			if len(shares) != 2 {
				return misused{errors.New("it takes two shares of the evidence key: --share FILE --share FILE")}
			}
			stores, err := hub.OpenStores(ctx, c.Databases, nil)
			if err != nil {
				return err
			}
			records, err := hub.OpenRecords(ctx, c, stores, args[0], [2]string(shares))
			for _, r := range records {
				raw, err := json.MarshalIndent(r, "", "  ")
				if err != nil {
					return errors.Join(err, stores.Close())
				}
				s.say("%s", raw)
			}
			return errors.Join(err, stores.Close())
		})
	open.Flags().StringArrayVar(&shares, "share", nil, "file with a share of the evidence key; twice")
	return open
}

// proveEnrolment writes the signed record of an enrolment, which names nobody but by pseudonyms.
func (s *session) proveEnrolment() *cobra.Command {
	return s.act("enrolment NUMBER", "Write the signed record of an enrolment, by the number of its case", 1,
		func(ctx context.Context, c config.Config, args []string) error {
			stores, err := hub.OpenStores(ctx, c.Databases, nil)
			if err != nil {
				return err
			}
			record, err := hub.EnrolmentRecord(ctx, c, stores, args[0])
			switch {
			case errors.Is(err, enrolment.ErrNoCase):
				err = errors.New("no record of an enrolment is kept under this number")
			case err == nil:
				s.say("%s", record)
			}
			return errors.Join(err, stores.Close())
		})
}

func (s *session) makeEvidence() *cobra.Command {
	return s.act("evidence SHARE-1 SHARE-2", "Make a key that full records are sealed to; its private half goes into two new files for two people", 2,
		func(_ context.Context, c config.Config, args []string) error {
			id, err := hub.CreateEvidence(c.Keys.Dir, [2]string(args))
			if err != nil {
				return err
			}
			s.say("Evidence key %d is in use after the next start. Give each of the two files to another person and take both off this machine.", id)
			return nil
		})
}
