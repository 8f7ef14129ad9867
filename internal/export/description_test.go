package export

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
	_ "google.golang.org/protobuf/types/known/durationpb"
	_ "google.golang.org/protobuf/types/known/timestamppb"
)

// described are descriptions of messages, made of the tables of the compatible
// service alone, from which the protobuf library reads and writes them.
type described struct {
	file *descriptorpb.FileDescriptorProto
	made protoreflect.FileDescriptor
}

// descriptions are those of all messages. Times are messages of their own in the first, as
// the service has them, and those of the library in the second, which its JSON needs.
var descriptions, wellKnown = sync.OnceValue(func() *described { return describe(false) }), sync.OnceValue(func() *described { return describe(true) })

func describe(wellKnown bool) *described {
	d := &described{file: &descriptorpb.FileDescriptorProto{Name: new("views.proto"), Package: new("views"), Syntax: new("proto2")}}
	if wellKnown {
		d.file.Dependency = []string{"google/protobuf/timestamp.proto", "google/protobuf/duration.proto"}
	}
	types := map[string]string{"Type": "enum"}
	d.messages(types, wellKnown)
	d.view(types)
	made, err := protodesc.NewFile(d.file, protoregistry.GlobalFiles)
	if err != nil {
		panic(err)
	}
	d.made = made
	return d
}

// tableLines are those of a file, without comments.
func tableLines(name string) (list []string) {
	f, err := os.Open(name)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if s.Text() != "" && s.Text()[0] != '#' {
			list = append(list, s.Text())
		}
	}
	return list
}

// messages describes those of testdata/messages.txt.
func (d *described) messages(types map[string]string, wellKnown bool) {
	var message *descriptorpb.DescriptorProto
	var enum *descriptorpb.EnumDescriptorProto
	for _, line := range tableLines("testdata/messages.txt") {
		words := strings.Fields(line)
		switch {
		case words[0] == "message":
			enum, message = nil, &descriptorpb.DescriptorProto{Name: &words[1]}
			if types[words[1]] = ".views." + words[1]; wellKnown && (words[1] == "Timestamp" || words[1] == "Duration") {
				types[words[1]] = ".google.protobuf." + words[1]
				continue
			}
			d.file.MessageType = append(d.file.MessageType, message)
		case words[0] == "enum":
			enum = &descriptorpb.EnumDescriptorProto{Name: &words[1]}
			d.file.EnumType = append(d.file.EnumType, enum)
		case enum != nil:
			enum.Value = append(enum.Value, &descriptorpb.EnumValueDescriptorProto{Name: &words[0], Number: new(number(words[1]))})
		default:
			message.Field = append(message.Field, describeField(types, words[0], words[1], words[2], append(words, "optional")[3]))
		}
	}
}

// view describes the message of a view, whose fields are in testdata/columns.tsv.
func (d *described) view(types map[string]string) {
	view := &descriptorpb.DescriptorProto{Name: new("VideoView")}
	for _, line := range tableLines("testdata/columns.tsv")[1:] {
		cells := strings.Split(line, "\t")
		name, kind, tag, label := cells[0], cells[4], cells[5], "optional"
		if tag == "" {
			continue
		}
		if cells[3] != "" {
			name = cells[3]
		}
		if first, rest, two := strings.Cut(kind, " "); two && !strings.HasPrefix(kind, "map") {
			label, kind = first, rest
		}
		if strings.HasPrefix(kind, "map") {
			label, kind = "repeated", view.GetName()+"."+mapEntry(view, types, name)
			types[kind] = ".views." + kind
		}
		view.Field = append(view.Field, describeField(types, name, tag, kind, label))
	}
	d.file.MessageType = append(d.file.MessageType, view)
}

// mapEntry describes the entries of a map of texts to playing times.
func mapEntry(view *descriptorpb.DescriptorProto, types map[string]string, name string) string {
	words := strings.Split(name, "_")
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	entry := strings.Join(words, "") + "Entry"
	view.NestedType = append(view.NestedType, &descriptorpb.DescriptorProto{
		Name: &entry, Options: &descriptorpb.MessageOptions{MapEntry: new(true)},
		Field: []*descriptorpb.FieldDescriptorProto{
			describeField(types, "key", "1", "string", "optional"), describeField(types, "value", "2", "PlayingTimeInfo", "optional"),
		},
	})
	return entry
}

func describeField(types map[string]string, name, tag, kind, label string) *descriptorpb.FieldDescriptorProto {
	labels := descriptorpb.FieldDescriptorProto_Label_value["LABEL_"+strings.ToUpper(label)]
	f := &descriptorpb.FieldDescriptorProto{
		Name: &name, JsonName: &name, Number: new(number(tag)), Label: descriptorpb.FieldDescriptorProto_Label(labels).Enum(),
	}
	if message, ok := types[kind]; ok {
		f.Type, f.TypeName = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum(), &message
		if message == "enum" {
			f.Type, f.TypeName = descriptorpb.FieldDescriptorProto_TYPE_ENUM.Enum(), new(".views."+kind)
		}
		return f
	}
	known, ok := descriptorpb.FieldDescriptorProto_Type_value["TYPE_"+strings.ToUpper(kind)]
	if !ok {
		panic("no type " + kind)
	}
	f.Type = descriptorpb.FieldDescriptorProto_Type(known).Enum()
	return f
}

func number(text string) int32 {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return int32(n)
}

// empty makes a message.
func (d *described) empty(name string) *dynamicpb.Message {
	return dynamicpb.NewMessage(d.made.Messages().ByName(protoreflect.Name(name)))
}

// decode reads a message as the protobuf library does, with all that is required
// and nothing that is unknown.
func (d *described) decode(t *testing.T, name string, data []byte) *dynamicpb.Message {
	t.Helper()
	m := d.empty(name)
	if err := proto.Unmarshal(data, m); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	anywhere(m, func(m protoreflect.Message) {
		if len(m.GetUnknown()) > 0 {
			t.Errorf("%s has fields that nobody knows: %x", m.Descriptor().Name(), m.GetUnknown())
		}
	})
	return m
}

// anywhere calls f with a message and all in it.
func anywhere(m protoreflect.Message, f func(protoreflect.Message)) {
	f(m)
	m.Range(func(d protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case d.IsMap():
			v.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool { anywhere(v.Message(), f); return true })
		case d.Message() == nil:
		case d.IsList():
			for i := range v.List().Len() {
				anywhere(v.List().Get(i).Message(), f)
			}
		default:
			anywhere(v.Message(), f)
		}
		return true
	})
}

// decodeJSON reads a message in JSON as the protobuf library does.
func (d *described) decodeJSON(t *testing.T, name string, data []byte) *dynamicpb.Message {
	t.Helper()
	m := d.empty(name)
	if err := protojson.Unmarshal(data, m); err != nil {
		t.Fatalf("%s: %v in %s", name, err, data)
	}
	return m
}
