package hub

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"symbolon/config"
	"symbolon/provider/enrolment"
	"symbolon/provider/journal"
	"symbolon/provider/keys"
	"symbolon/provider/login"
	"symbolon/provider/seal"
)

// shareLine begins a file that holds one of the two shares of an evidence key's private half.
const shareLine = "symbolon evidence share %d of 2, key %d"

// CreateEvidence makes the next evidence key: the public half into the folder of keys, the private
// half into two new files, each of which is worthless without the other.
func CreateEvidence(dir string, shares [2]string) (byte, error) {
	ring, err := keys.Open(dir)
	if err != nil {
		return 0, fmt.Errorf("keys: %w", err)
	}
	newest := ring.Newest(keys.Evidence).ID
	if newest == 255 {
		return 0, errors.New("there are 255 evidence keys")
	}
	id := newest + 1
	private, err := seal.NewPrivateKey()
	if err != nil {
		return 0, err
	}
	raw, err := private.Bytes()
	if err != nil {
		return 0, fmt.Errorf("evidence key: %w", err)
	}
	one, other := make([]byte, len(raw)), make([]byte, len(raw))
	_, _ = rand.Read(one) // never fails: crypto/rand ends the program instead
	subtle.XORBytes(other, raw, one)
	for i, share := range [][]byte{one, other} {
		text := fmt.Sprintf(shareLine+"\n%x\n", i+1, id, share)
		file, err := os.OpenFile(shares[i], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return 0, fmt.Errorf("share %d: %w", i+1, err)
		}
		_, err = file.WriteString(text)
		if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
			return 0, fmt.Errorf("share %d: %w", i+1, err)
		}
	}
	return id, keys.PutEvidence(dir, id, private.Public())
}

// readEvidence puts the private half of an evidence key together.
func readEvidence(shares [2]string) (id byte, private seal.PrivateKey, err error) {
	var parts [2][]byte
	var ids [2]byte
	for _, file := range shares {
		text, err := os.ReadFile(file)
		if err != nil {
			return 0, private, fmt.Errorf("share of the evidence key: %w", err)
		}
		head, body, _ := strings.Cut(string(text), "\n")
		var part, key int
		raw, errHex := hex.DecodeString(strings.TrimSpace(body))
		if _, err := fmt.Sscanf(head, shareLine, &part, &key); err != nil || errHex != nil || part < 1 || part > 2 || key < 1 || key > 255 {
			return 0, private, fmt.Errorf("%s: not a share of an evidence key", file)
		}
		parts[part-1], ids[part-1] = raw, byte(key)
	}
	if len(parts[0]) == 0 || len(parts[0]) != len(parts[1]) || ids[0] != ids[1] {
		return 0, private, errors.New("these are not the two shares of one evidence key")
	}
	raw := make([]byte, len(parts[0]))
	subtle.XORBytes(raw, parts[0], parts[1])
	private, err = seal.ParsePrivateKey(raw)
	return ids[0], private, err
}

// OpenRecords opens the full records with a txn, for the two who hold the shares. That they were
// opened is recorded first: no entry, no record. What was sealed to another key stays closed.
func OpenRecords(ctx context.Context, c config.Config, stores *Stores, txn string, shares [2]string) ([]login.Record, error) {
	id, private, err := readEvidence(shares)
	if err != nil {
		return nil, err
	}
	t, err := openTools(ctx, c, stores)
	if err != nil {
		return nil, err
	}
	proofs, err := t.usage.ProofsOf(ctx, txn)
	if err != nil {
		return nil, err
	}
	recorder := journal.Recorder{Vault: t.keys.sealing, Store: t.usage, Now: time.Now}
	var records []login.Record
	for _, p := range proofs {
		if len(p.Sealed) == 0 || p.Sealed[0] != id {
			continue
		}
		row, err := recorder.Row(journal.Entry{Kind: journal.EvidenceOpened, Who: p.Usage.String(), Party: string(p.Party), Ref: p.Txn, Fields: map[string]any{"proof": p.ID.String()}})
		if err == nil {
			err = recorder.Append(ctx, row)
		}
		if err != nil {
			return nil, fmt.Errorf("record the opening: %w", err)
		}
		r, err := login.OpenRecord(private, p.ID, p.Sealed)
		if err != nil {
			return nil, fmt.Errorf("full record %s: %w", p.ID, err)
		}
		records = append(records, r)
	}
	if len(records) == 0 {
		return nil, errors.New("there is no full record with this txn and key")
	}
	return records, nil
}

// EnrolmentRecord gives the signed record of an enrolment by the number of its case: enrolment.ErrNoCase.
func EnrolmentRecord(ctx context.Context, c config.Config, stores *Stores, number string) (string, error) {
	t, err := openTools(ctx, c, stores)
	if err != nil {
		return "", err
	}
	office := enrolment.Office{Store: t.identity, Records: t.identity, Vault: t.keys.sealing}
	return office.RecordOf(ctx, number)
}
