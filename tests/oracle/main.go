// The kubelet's own code as an oracle: which credentials it finds for an image
// in given manifests, and whether these are strictly valid core/v1. And kubectl's:
// which documents `-f` reads of a stream.
//
// It reads JSON lines {"manifest": "<YAML stream>", "images": ["…"]} and answers
// each with a JSON line {"error", "documents", "lookups"}; a line {"streams":
// ["…"]} with {"streams": [{"error", "documents"}]}. A line with "config" or
// "helper", base64 each, is answered with what Go's encoding/json reads in a docker
// config or in the answer of a credential helper: {"error", "config", "helper"}.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kjson "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/kubernetes/pkg/credentialprovider"
	"k8s.io/kubernetes/pkg/credentialprovider/secrets"
	"k8s.io/kubernetes/pkg/util/parsers"
)

type question struct {
	Manifest string   `json:"manifest"`
	Images   []string `json:"images"`
	Streams  []string `json:"streams"`
	Config   []byte   `json:"config"`
	Helper   []byte   `json:"helper"`
}

type stream struct {
	Error     string            `json:"error"`
	Documents []json.RawMessage `json:"documents"`
}

// dockerConfig has the members of docker/cli 29.9, cli/config/configfile/file.go
// and cli/config/types/authconfig.go, that credentials come from.
type dockerConfig struct {
	AuthConfigs map[string]struct {
		Username      string `json:"username"`
		Password      string `json:"password"`
		Auth          string `json:"auth"`
		IdentityToken string `json:"identitytoken"`
		RegistryToken string `json:"registrytoken"`
	} `json:"auths"`
	CredentialsStore  string            `json:"credsStore"`
	CredentialHelpers map[string]string `json:"credHelpers"`
}

// helperAnswer is docker/docker-credential-helpers 0.9.10, credentials/credentials.go.
type helperAnswer struct {
	ServerURL string
	Username  string
	Secret    string
}

type document struct {
	Kind        string            `json:"kind"`
	Name        string            `json:"name"`
	Namespace   string            `json:"namespace"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	PullSecrets []string          `json:"pullSecrets"`
	Images      []string          `json:"images"`
}

type credential struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

type lookup struct {
	Image       string       `json:"image"`
	Credentials []credential `json:"credentials"`
	Error       string       `json:"error"`
}

type answer struct {
	Error     string        `json:"error"`
	Documents []document    `json:"documents"`
	Lookups   []lookup      `json:"lookups"`
	Streams   []stream      `json:"streams"`
	Config    *dockerConfig `json:"config,omitempty"`
	Helper    *helperAnswer `json:"helper,omitempty"`
}

// first reads the first JSON value, as docker does: what follows is ignored.
func first[T any](text []byte) (*T, error) {
	var value T
	err := json.NewDecoder(bytes.NewReader(text)).Decode(&value)
	return &value, err
}

// readJSON answers a question about docker's JSON.
func readJSON(asked question) answer {
	var given answer
	var err error
	if asked.Config != nil {
		given.Config, err = first[dockerConfig](asked.Config)
	} else {
		given.Helper, err = first[helperAnswer](asked.Helper)
	}
	if err != nil {
		given.Error = err.Error()
	}
	return given
}

var decoder = func() *kjson.Serializer {
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		panic(err)
	}
	return kjson.NewSerializerWithOptions(kjson.DefaultMetaFactory, scheme, scheme, kjson.SerializerOptions{Yaml: true, Strict: true})
}()

// read decodes a stream strictly: unknown and doubled fields are errors.
func read(manifest string) ([]document, []corev1.Secret, error) {
	var documents []document
	var pullSecrets []corev1.Secret
	stream := yaml.NewYAMLReader(bufio.NewReader(bytes.NewBufferString(manifest)))
	for {
		text, err := stream.Read()
		if errors.Is(err, io.EOF) {
			return documents, pullSecrets, nil
		}
		if err != nil {
			return nil, nil, err
		}
		object, _, err := decoder.Decode(text, nil, nil)
		if err != nil {
			return nil, nil, err
		}
		switch object := object.(type) {
		case *corev1.Secret:
			documents = append(documents, document{Kind: "Secret", Name: object.Name, Namespace: object.Namespace, Labels: object.Labels, Annotations: object.Annotations})
			pullSecrets = append(pullSecrets, *object)
		case *corev1.Pod:
			pod := document{Kind: "Pod", Name: object.Name, Namespace: object.Namespace, Labels: object.Labels, Annotations: object.Annotations}
			for _, reference := range object.Spec.ImagePullSecrets {
				pod.PullSecrets = append(pod.PullSecrets, reference.Name)
			}
			for _, container := range object.Spec.Containers {
				pod.Images = append(pod.Images, container.Image)
			}
			documents = append(documents, pod)
		default:
			return nil, nil, errors.New("neither a Secret nor a Pod")
		}
	}
}

// apply reads a stream as `kubectl apply -f` does.
// Source: k8s.io/cli-runtime, pkg/resource/visitor.go (StreamVisitor).
func apply(text string) stream {
	read := stream{Documents: []json.RawMessage{}}
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewBufferString(text), 4096)
	for {
		object := runtime.RawExtension{}
		if err := decoder.Decode(&object); errors.Is(err, io.EOF) {
			return read
		} else if err != nil {
			read.Error = err.Error()
			return read
		}
		raw := bytes.TrimSpace(object.Raw)
		if len(raw) > 0 && !bytes.Equal(raw, []byte("null")) {
			read.Documents = append(read.Documents, raw)
		}
	}
}

// find does what the kubelet does before it pulls an image.
func find(pullSecrets []corev1.Secret, image string) lookup {
	found := lookup{Image: image, Credentials: []credential{}}
	repository, _, _, err := parsers.ParseImageName(image)
	if err != nil {
		found.Error = err.Error()
		return found
	}
	keyring, err := secrets.MakeDockerKeyring(pullSecrets, &credentialprovider.BasicDockerKeyring{})
	if err != nil {
		found.Error = err.Error()
		return found
	}
	configs, _ := keyring.Lookup(repository)
	for _, config := range configs {
		found.Credentials = append(found.Credentials, credential{config.Username, config.Password})
	}
	return found
}

func main() {
	questions := json.NewDecoder(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for {
		var asked question
		if err := questions.Decode(&asked); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			panic(err)
		}
		if asked.Config != nil || asked.Helper != nil {
			if err := answers.Encode(readJSON(asked)); err != nil {
				panic(err)
			}
			continue
		}
		var given answer
		documents, pullSecrets, err := read(asked.Manifest)
		if err != nil {
			given.Error = err.Error()
		}
		given.Documents = documents
		for _, image := range asked.Images {
			given.Lookups = append(given.Lookups, find(pullSecrets, image))
		}
		for _, text := range asked.Streams {
			given.Streams = append(given.Streams, apply(text))
		}
		if err := answers.Encode(given); err != nil {
			panic(err)
		}
	}
}
