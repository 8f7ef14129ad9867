package meta

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/fault"
)

// TestSigningKeys signs with the private key that was handed out and checks the
// signature with the public one that another process reads.
func TestSigningKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meta.db")
	clock := &fakeClock{t: noon}
	s, other := open(t, path, clock), open(t, path, clock)
	other.Start()
	e := createEnvironment(t, s, "shop", "k").ID
	made, private, err := s.CreateSigningKey(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	await(t, "the key", func() bool { _, ok := other.SigningKey(made.ID); return ok })
	read, _ := other.SigningKey(made.ID)
	if diff := cmp.Diff(made, read); diff != "" || made.EnvironmentID != e || !made.CreatedAt.Equal(noon) {
		t.Errorf("read again (-want +got):\n%s", diff)
	}
	block, rest := pem.Decode(private)
	if block == nil || block.Type != "RSA PRIVATE KEY" || len(rest) > 0 {
		t.Fatalf("the private key is %.40q…", private)
	}
	pair, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil || pair.N.BitLen() != 2048 {
		t.Fatalf("%v, %d bits", err, pair.N.BitLen())
	}
	hash := sha256.Sum256([]byte("text"))
	signature, err := rsa.SignPKCS1v15(rand.Reader, pair, crypto.SHA256, hash[:])
	if err != nil {
		t.Fatal(err)
	}
	if err := rsa.VerifyPKCS1v15(read.Public, crypto.SHA256, hash[:], signature); err != nil {
		t.Error(err)
	}
	for _, name := range []string{path, path + "-wal"} {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := base64.StdEncoding.EncodeToString(block.Bytes)[500:600] // behind the modulus, which is public
		if strings.Contains(string(content), string(pair.D.Bytes())) || strings.Contains(string(content), text) {
			t.Errorf("%s holds the private key", filepath.Base(name))
		}
	}
}

func TestSigningKeysOfEnvironments(t *testing.T) {
	s, _ := openNew(t)
	a, b := createEnvironment(t, s, "a", "ka").ID, createEnvironment(t, s, "b", "kb").ID
	made, _, err := s.CreateSigningKey(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.SigningKeys(b); len(got) > 0 {
		t.Errorf("the other environment has %v", got)
	}
	if err := s.RemoveSigningKey(t.Context(), b, made.ID); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("removed by the other environment: %v, want not found", err)
	}
	if diff := cmp.Diff([]SigningKey{made}, s.SigningKeys(a)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := s.RemoveSigningKey(t.Context(), a, made.ID); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.SigningKey(made.ID); ok {
		t.Error("the removed key is found")
	}
}
