package usagedb_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"symbolon/provider/oauth"
	"symbolon/provider/seal"
	"symbolon/provider/store"
	"symbolon/provider/store/storetest"
	"symbolon/provider/store/usagedb"
)

// sourceOfParent is set in the processes that the next test starts.
const sourceOfParent = "SYMBOLON_TEST_REDEEM_FROM"

// Two replicas as they run: two processes on one database, 32 redeemers in each, 100 codes.
func TestAttack_CP_02_TwoProcessesRedeemACodeOnce(t *testing.T) {
	if source := os.Getenv(sourceOfParent); source != "" {
		redeemAll(t, source)
		return
	}
	storetest.EachOf(t, migrated, func(t *testing.T, d storetest.Database) {
		db := open(t, d)
		ids := make([]seal.RowID, 100)
		for i := range ids {
			a := answer(t, db)
			if err := db.Answer(t.Context(), a); err != nil {
				t.Fatal(err)
			}
			ids[i] = a.Grant.ID
		}
		replicas := []*replica{startReplica(t, d.Source), startReplica(t, d.Source)}
		var all sync.WaitGroup
		redeemed := make([][]int, len(replicas))
		for i, r := range replicas {
			all.Go(func() { redeemed[i] = r.redeem(t, ids) })
		}
		all.Wait()
		if t.Failed() {
			return
		}
		for i := range ids {
			if sum := redeemed[0][i] + redeemed[1][i]; sum != 1 {
				t.Errorf("code %d was redeemed %d times", i, sum)
			}
		}
	})
}

// replica is another process. It says a line when it is ready, then answers a line of ids by a
// line of successes.
type replica struct {
	in  io.Writer
	out *bufio.Reader
}

func startReplica(t *testing.T, source string) *replica {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestAttack_CP_02_TwoProcessesRedeemACodeOnce$", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), sourceOfParent+"="+source)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := &replica{in, bufio.NewReader(out)}
	if line, err := r.out.ReadString('\n'); line != "ready\n" {
		t.Fatalf("the replica says %q, %v", line, err)
	}
	t.Cleanup(func() {
		_ = in.Close() // it ends when nobody asks any more
		_, readErr := io.Copy(io.Discard, r.out)
		if err := cmd.Wait(); err != nil || readErr != nil {
			t.Errorf("the replica ended with %v, %v", err, readErr)
		}
	})
	return r
}

func (r *replica) redeem(t *testing.T, ids []seal.RowID) (successes []int) {
	if err := json.NewEncoder(r.in).Encode(ids); err != nil {
		t.Error(err)
		return nil
	}
	line, err := r.out.ReadString('\n')
	if err == nil {
		err = json.Unmarshal([]byte(line), &successes)
	}
	if err != nil || len(successes) != len(ids) {
		t.Errorf("the replica answers %q, %v", strings.TrimSpace(line), err)
	}
	return successes
}

// redeemAll is what a replica does.
func redeemAll(t *testing.T, source string) {
	raw, err := store.Open(t.Context(), source, store.Patience(20*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close() //nolint:errcheck // everything was written
	db, err := usagedb.New(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("ready")
	var ids []seal.RowID
	if err := json.NewDecoder(os.Stdin).Decode(&ids); err != nil {
		t.Fatal(err)
	}
	successes := make([]int, len(ids))
	for i, id := range ids {
		successes[i] = redeemOne(t, db, id)
	}
	answer, err := json.Marshal(successes)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println(string(answer))
}

func redeemOne(t *testing.T, db *usagedb.DB, id seal.RowID) (successes int) {
	var all sync.WaitGroup
	var mu sync.Mutex
	for range 32 {
		all.Go(func() {
			g, err := db.LoadGrant(t.Context(), id)
			won := false
			if err == nil && g.State == oauth.GrantCode {
				won, err = db.SaveGrant(t.Context(), redeemed(g, "a"), g.State, g.Gen)
			}
			if err != nil {
				t.Error(err)
			}
			if won {
				mu.Lock()
				defer mu.Unlock()
				successes++
			}
		})
	}
	all.Wait()
	return successes
}
