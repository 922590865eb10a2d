package e2e_test

import (
	commonpb "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// payloads collects the data of every payload anywhere in a message.
func payloads(m proto.Message) [][]byte {
	var out [][]byte
	var walk func(protoreflect.Message)
	value := func(v protoreflect.Value, field protoreflect.FieldDescriptor) {
		if field.Kind() == protoreflect.MessageKind {
			walk(v.Message())
		}
	}
	walk = func(m protoreflect.Message) {
		if p, ok := m.Interface().(*commonpb.Payload); ok {
			out = append(out, p.GetData())
			return
		}
		m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
			switch {
			case field.IsList():
				for i := range v.List().Len() {
					value(v.List().Get(i), field)
				}
			case field.IsMap():
				v.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool { value(v, field.MapValue()); return true })
			default:
				value(v, field)
			}
			return true
		})
	}
	walk(m.ProtoReflect())
	return out
}
