import Foundation
import SwiftProtobuf
import TandemCore
import Testing

@testable import TandemDomain

/// As `MistakeTests`, of methods, their handlers and their .proto files.
struct MethodMistakeTests {
    @Test func `a method without a handler`() {
        #expect(
            mistake { $0.commands = [] }
                == """
                sketch.v1.Notes/Add is among the domain's methods and has no handler; add an \
                On for it
                """)
        #expect(
            mistake { $0.queries = [] }
                == """
                sketch.v1.Notes/Get is among the domain's methods and has no handler; add a Get or \
                a First for it
                """)
    }

    @Test func `a handler of a method that isn't listed`() {
        #expect(
            mistake { $0.methods.removeLast() }
                == """
                sketch.v1.Notes/Get has a handler, but is not among the domain's methods; list it \
                there
                """)
    }

    @Test func `two handlers of one method, and two methods of one name`() {
        #expect(
            mistake { $0.commands.append(Sketch.adding) }
                == "sketch.v1.Notes/Add has two handlers; a method has one")
        #expect(
            mistake { $0.methods.append(Sketch.add) }
                == """
                the domain lists two methods of the name sketch.v1.Notes/Add; each needs one \
                of its own
                """)
    }

    @Test func `a batch of what is no command, and of none or no end of them`() {
        for count in [0, 8_193] {
            #expect(
                mistake {
                    $0.methods.append(Sketch.addMany)
                    $0.commands.append(On(Sketch.addMany, each: Sketch.add, countMax: count))
                }
                    == """
                    sketch.v1.Notes/AddMany is a batch of up to \(count); its countMax goes from 1 \
                    to 8192
                    """)
        }
        #expect(
            mistake {
                $0.methods = [Sketch.addMany, Sketch.get]
                $0.commands = [On(Sketch.addMany, each: Sketch.add)]
            }
                == """
                sketch.v1.Notes/AddMany is a batch of sketch.v1.Notes/Add, which has no On of its \
                own that runs one; add it
                """)
    }

    @Test(arguments: ["Add", "sketch.v1.Notes", "sketch/Add", "sketch.v1.Notes/", "a.b/c d"])
    func `a method that is not named as package, service and method`(_ name: String) {
        let method = Command<Sketch_V1_AddNote, Sketch_V1_NoteReply>(name)
        #expect(
            mistake { $0.methods.append(method) }
                == """
                the method "\(name)" is not named as package, service and method, like \
                bank.v1.Accounts/Deposit
                """)
    }

    @Test func `file descriptors that are none, or that lack a message of a method`() {
        let damaged = """
            the domain's fileDescriptors are no FileDescriptorSet in base64; make them with \
            protoc's --descriptor_set_out, or leave them out
            """
        #expect(mistake { $0.fileDescriptors = ["äöü"] } == damaged)
        #expect(mistake { $0.fileDescriptors = ["/////w=="] } == damaged)
        // A file with a name, and no messages.
        #expect(
            mistake { $0.fileDescriptors = ["CgMKAWE="] }
                == """
                the domain's fileDescriptors don't describe sketch.v1.AddNote; make them anew, \
                with all files of its methods' messages
                """)
    }

    @Test func `a method that is no rpc of its files, or another than there`() throws {
        func files(_ name: String, streams: Bool = false) throws -> [String] {
            let set = Google_Protobuf_FileDescriptorSet.with {
                $0.file = [.with {
                    $0.package = "sketch.v1"
                    $0.messageType = ["AddNote", "NoteReply", "GetNote", "Note"].map { name in
                        .with { $0.name = name }
                    }
                    $0.service = [.with {
                        $0.name = "Notes"
                        $0.method = [
                            .with {
                                $0.name = name
                                $0.inputType = ".sketch.v1.AddNote"
                                $0.outputType = ".sketch.v1.NoteReply"
                                $0.serverStreaming = streams
                            },
                            .with {
                                $0.name = "Get"
                                $0.inputType = ".sketch.v1.GetNote"
                                $0.outputType = ".sketch.v1.Note"
                            },
                        ]
                    }]
                }]
            }
            let bytes: [UInt8] = try set.serializedBytes()
            return [Data(bytes).base64EncodedString()]
        }
        let (right, other, stream) = (
            try files("Add"), try files("Ad"), try files("Add", streams: true)
        )
        #expect(mistake { $0.fileDescriptors = right } == nil)
        #expect(
            mistake { $0.fileDescriptors = other }
                == """
                sketch.v1.Notes/Add is no rpc of the domain's .proto files, which have \
                sketch.v1.Notes/Ad, sketch.v1.Notes/Get; correct the method's name, or make the \
                fileDescriptors anew
                """)
        #expect(
            mistake { $0.fileDescriptors = stream }
                == """
                sketch.v1.Notes/Add takes sketch.v1.AddNote and returns stream \
                sketch.v1.NoteReply in the domain's .proto files, and is declared otherwise; a \
                Listing returns a stream, nothing else does
                """)
    }
}
