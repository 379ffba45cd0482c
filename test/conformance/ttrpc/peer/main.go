// A peer for the conformance tests, built on containerd's own ttrpc library in the version a Debian release ships.
//
//	peer server SOCKET   serve test.Peer; prints "ready" and serves until its standard input ends
//	peer client SOCKET   run every call below against test.Peer; prints one JSON object a line
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/containerd/ttrpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const service = "test.Peer"

func main() {
	if len(os.Args) != 3 {
		fail(errors.New("usage: peer server|client SOCKET"))
	}
	var err error
	switch os.Args[1] {
	case "server":
		err = serve(os.Args[2])
	case "client":
		err = call(os.Args[2])
	default:
		err = errors.New("usage: peer server|client SOCKET")
	}
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// ---- server

// method makes a unary method of a function over bytes.
func method(answer func(ctx context.Context, in []byte) ([]byte, error)) ttrpc.Method {
	return func(ctx context.Context, unmarshal func(interface{}) error) (interface{}, error) {
		var in Bytes
		if err := unmarshal(&in); err != nil {
			return nil, err
		}
		out, err := answer(ctx, in.Value)
		if err != nil {
			return nil, err
		}
		return &Bytes{Value: out}, nil
	}
}

var methods = map[string]ttrpc.Method{
	"Echo": method(func(_ context.Context, in []byte) ([]byte, error) { return in, nil }),
	// "CODE text" is answered with that status and text.
	"Fail": method(func(_ context.Context, in []byte) ([]byte, error) {
		code, text, _ := cut(string(in), " ")
		number, err := strconv.Atoi(code)
		if err != nil {
			return nil, err
		}
		return nil, status.Error(codes.Code(number), text)
	}),
	"Plain": method(func(_ context.Context, in []byte) ([]byte, error) { return nil, errors.New(string(in)) }),
	// The milliseconds left until the deadline, or "none".
	"Deadline": method(func(ctx context.Context, _ []byte) ([]byte, error) {
		deadline, ok := ctx.Deadline()
		if !ok {
			return []byte("none"), nil
		}
		return []byte(strconv.FormatInt(time.Until(deadline).Milliseconds(), 10)), nil
	}),
	// Every key and its values, sorted by key.
	"Metadata": method(func(ctx context.Context, _ []byte) ([]byte, error) {
		md, _ := ttrpc.GetMetadata(ctx)
		var pairs []string
		for key, values := range md {
			pairs = append(pairs, key+"="+strings.Join(values, ","))
		}
		sort.Strings(pairs)
		return []byte(strings.Join(pairs, ";")), nil
	}),
	"Hang": method(func(ctx context.Context, _ []byte) ([]byte, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}),
	// That many bytes.
	"Big": method(func(_ context.Context, in []byte) ([]byte, error) {
		size, err := strconv.Atoi(string(in))
		return make([]byte, size), err
	}),
}

func serve(path string) error {
	server, err := ttrpc.NewServer()
	if err != nil {
		return err
	}
	register(server)
	listener, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = server.Close()
	}()
	fmt.Println("ready")
	if err := server.Serve(context.Background(), listener); !errors.Is(err, ttrpc.ErrServerClosed) {
		return err
	}
	return nil
}

// ---- client

// result is one line of output: what a call came to.
type result struct {
	Name    string `json:"name"`
	Code    string `json:"code"`
	Message string `json:"message,omitempty"`
	Value   string `json:"value,omitempty"`
}

var printing sync.Mutex

func report(name, value string, err error) {
	line := result{Name: name, Code: "OK", Value: value}
	if err != nil {
		st, ok := status.FromError(err)
		if ok {
			line.Code, line.Message = st.Code().String(), st.Message()
		} else {
			line.Code, line.Message = "error", err.Error()
		}
	}
	text, _ := json.Marshal(line)
	printing.Lock()
	defer printing.Unlock()
	fmt.Println(string(text))
}

func dial(path string) (*ttrpc.Client, error) {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return nil, err
	}
	return ttrpc.NewClient(conn), nil
}

func unary(ctx context.Context, client *ttrpc.Client, name string, in []byte) ([]byte, error) {
	var out Bytes
	err := client.Call(ctx, service, name, &Bytes{Value: in}, &out)
	return out.Value, err
}

func call(path string) error {
	client, err := dial(path)
	if err != nil {
		return err
	}
	background := context.Background()
	text := func(name, method, in string) {
		out, err := unary(background, client, method, []byte(in))
		report(name, string(out), err)
	}

	text("echo", "Echo", "hello")
	text("echo empty", "Echo", "")
	for code := 1; code <= 16; code++ {
		text(fmt.Sprintf("fail %d", code), "Fail", fmt.Sprintf("%d it said no: %d", code, code))
	}
	text("plain", "Plain", "just an error")
	text("unknown method", "Nothing", "")
	report("unknown service", "", client.Call(background, "test.Nobody", "Echo", &Bytes{}, &Bytes{}))
	report("undecodable payload", "", client.Call(background, service, "Echo", broken(), &Bytes{}))

	text("no deadline", "Deadline", "")
	ctx, cancel := context.WithTimeout(background, 5*time.Second)
	out, err := unary(ctx, client, "Deadline", nil)
	report("deadline", string(out), err)
	cancel()
	ctx, cancel = context.WithTimeout(background, 100*time.Millisecond)
	out, err = unary(ctx, client, "Hang", nil)
	report("hang", string(out), err)
	cancel()

	md := ttrpc.MD{}
	md.Set("Containerd-Namespace-Ttrpc", "k8s.io")
	md.Append("trace", "one", "two")
	out, err = unary(ttrpc.WithMetadata(background, md), client, "Metadata", nil)
	report("metadata", string(out), err)

	// 4 MiB and a little: the request must be refused, and the connection go on.
	out, err = unary(background, client, "Echo", make([]byte, 4<<20))
	report("oversize request", strconv.Itoa(len(out)), err)
	text("after oversize request", "Echo", "still here")
	out, err = unary(background, client, "Big", []byte(strconv.Itoa(4<<20)))
	report("oversize response", strconv.Itoa(len(out)), err)
	text("after oversize response", "Echo", "still here")
	out, err = unary(background, client, "Echo", make([]byte, 4<<20-100))
	report("largest", strconv.Itoa(len(out)), err)

	report("concurrent", concurrent(client, 500), nil)
	stream(client)

	// Outstanding calls of a connection that the server drops.
	hung := make(chan error, 1)
	go func() {
		_, err := unary(background, client, "Hang", nil)
		hung <- err
	}()
	_, _ = unary(background, client, "Drop", nil)
	report("dropped", "", <-hung)
	return nil
}

// concurrent runs that many echoes of different sizes at once and counts those that came back right.
func concurrent(client *ttrpc.Client, count int) string {
	var group sync.WaitGroup
	right := make(chan bool, count)
	for i := 0; i < count; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			in := []byte(strings.Repeat(strconv.Itoa(i)+" ", i*7))
			out, err := unary(context.Background(), client, "Echo", in)
			right <- err == nil && string(out) == string(in)
		}(i)
	}
	group.Wait()
	close(right)
	total := 0
	for ok := range right {
		if ok {
			total++
		}
	}
	return strconv.Itoa(total)
}

// cut is strings.Cut.
func cut(text, separator string) (string, string, bool) {
	if at := strings.Index(text, separator); at >= 0 {
		return text[:at], text[at+len(separator):], true
	}
	return text, "", false
}
