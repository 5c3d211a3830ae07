public import FileStorage
public import MusicXML
public import StandardMIDIFile
public import Tokenization

/// Why a path gave no piece.
public struct CorpusError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public enum Reason: Hashable, Sendable {
    /// Nothing stands under the path, or no file matches the pattern.
    case missing
    /// The folder has no music in it, at any depth.
    case noMIDIFiles
    /// Something that is no file and has music's ending: a pipe, a socket, a device, or a link that
    /// leads nowhere.
    case noPlainFile(FileKind)
    /// An ABC or MusicXML file of which this MIDI file beside it was made.
    case madeInto(String)
    /// The file or folder cannot be read.
    case unreadable(FileError)
    /// The file is not a Standard MIDI File.
    case malformed(MIDIFileError)
    /// The file looks like MusicXML and cannot be read as that.
    case malformedNotation(MusicXMLError)
    /// The ABC file has no tune of this number.
    case noTune(number: Int, tunes: Int)
    /// The ABC file has several tunes, and one was asked for.
    case manyTunes(Int)
    /// The tune needs `abc2midi`, which is not installed.
    case noConverter
    /// `abc2midi` made no MIDI file of the tune.
    case notConverted
    /// The file is no longer what it was when it was read first.
    case changed
    /// The piece has no note that the vocabulary can tell.
    case noNotes
    /// The piece lacks the part that is given.
    case noGivenPart(GivenPart)
    /// The piece has no note beside those of the given part.
    case noOtherPart(GivenPart)
    /// The piece would cost more tokens than a file of its size can mean: more than 64 for each byte and
    /// 65,536 more.
    case tooLong(bytes: Int)
  }

  /// The file, folder or pattern.
  public var path: String
  /// What is wrong.
  public var reason: Reason

  /// Creates an error.
  public init(_ reason: Reason, path: String) {
    self.reason = reason
    self.path = path
  }

  /// The error as one line.
  public var description: String {
    switch reason {
    case .missing: "\(path): found nothing, expected MIDI files or a folder of them"
    case .noMIDIFiles:
      "\(path): found no MIDI file, expected .mid, .midi, .kar, .rmi, .musicxml, .mxl or .abc"
    case .noPlainFile(let kind): "\(path): found \(kind), expected a file"
    case .madeInto(let midi): "\(path): \(midi) was made of it"
    case .unreadable(let error): "\(error)"
    case .noTune(let number, let tunes):
      "\(path): found \(tunes) tunes, expected a tune \(number), begun by a line X:"
    case .manyTunes(let count):
      "\(path): found \(count) tunes, expected one; "
        + (PieceSource.isABC(path)
          ? "choose it by its place, such as \(path)#1"
          : "of a file called .abc one is chosen by its place, such as book.abc#1")
    case .noConverter:
      "\(path): \(ABCConverter.program) is not installed; for ABC files install abcmidi"
    case .notConverted: "\(path): \(ABCConverter.program) makes no MIDI file of it"
    case .malformed(let error): "\(path): \(error)"
    case .malformedNotation(let error): "\(path): \(error)"
    case .changed: "\(path): changed since it was read first, expected the same music"
    case .noNotes: "\(path): found no notes that the vocabulary can tell, expected at least one"
    case .noGivenPart(let part):
      "\(path): found no part \(part) with notes to be given, expected \(part.expectation)"
    case .noOtherPart(let part):
      "\(path): found no notes beside the given part \(part), expected other parts to learn"
    case .tooLong(let bytes):
      "\(path): found more than \(PieceBudget.tokens(ofBytes: bytes)) tokens in \(bytes) bytes, "
        + "expected at most \(PieceBudget.tokensPerByte) a byte and \(PieceBudget.allowance) more"
    }
  }
}

extension CorpusError.Reason {
  /// What is wrong with files that have the same fault, in a few words after their number.
  ///
  /// - Parameter count: how many there are.
  /// - Returns: the words, such as "that are damaged MusicXML".
  public func kind(of count: Int) -> String {
    let isOne = count == 1
    return switch self {
    case .missing: isOne ? "that is not there" : "that are not there"
    case .noMIDIFiles: "without MIDI files"
    case .noPlainFile(let kind): isOne ? "that is \(kind)" : "that are \(kind.plural)"
    case .madeInto: isOne ? "of which a MIDI file was made" : "of which MIDI files were made"
    case .unreadable: "that cannot be read"
    case .malformed:
      isOne
        ? "that is no Standard MIDI File, or a damaged one"
        : "that are no Standard MIDI Files, or damaged ones"
    case .malformedNotation: isOne ? "that is damaged MusicXML" : "that are damaged MusicXML"
    case .noTune, .manyTunes: "without the one tune that was expected"
    case .noConverter:
      "that \(isOne ? "needs" : "need") \(ABCConverter.program), which is not installed"
    case .notConverted: "of which \(ABCConverter.program) makes no MIDI file"
    case .changed:
      isOne
        ? "that has changed since it was read first"
        : "that have changed since they were read first"
    case .noNotes: "without notes that the vocabulary can tell"
    case .noGivenPart(let part): "without a part \(part) to be given"
    case .noOtherPart(let part): "without notes beside the given part \(part)"
    case .tooLong: "of more tokens than \(isOne ? "a file of its" : "files of their") size can mean"
    }
  }
}
