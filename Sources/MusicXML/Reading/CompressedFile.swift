import Archives

/// Whether bytes begin as a zip archive does, which a compressed MusicXML file is.
func isCompressed(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) }

/// The score of a compressed file.
///
/// Its `META-INF/container.xml` names the score; the first file named there counts.
///
/// Reference: "MusicXML 4.0", "Compressed .mxl files".
func scoreDocument(of bytes: [UInt8]) throws(MusicXMLError) -> [UInt8] {
  do {
    let container = try archiveMember(of: bytes, limit: mostContainerBytes) {
      $0 == "META-INF/container.xml"
    }
    // Some programs forget it; what else is in the archive is images.
    let name = try container.flatMap { (bytes) throws(MusicXMLError) in try rootFile(in: bytes) }
    let document = try archiveMember(of: bytes, limit: mostDocumentBytes) { member in
      if let name { return member == name }
      return !member.hasPrefix("META-INF/")
        && (member.hasSuffix(".xml") || member.hasSuffix(".musicxml"))
    }
    guard let document else {
      throw MusicXMLError(.container("found no \(name ?? "score") in the compressed file"))
    }
    return document
  } catch let error as ArchiveError {
    if case .malformed(let words) = error.reason {
      throw MusicXMLError(.container("\(words), expected a compressed MusicXML file"))
    }
    throw MusicXMLError(.container("\(error.reason)"))
  } catch let error as MusicXMLError {
    throw error
  } catch {
    throw MusicXMLError(.container("\(error)"))
  }
}

/// A container names a file or two; scores of large orchestras have 100 MB.
private let mostContainerBytes = 1 << 20
private let mostDocumentBytes = 256 << 20

/// The name of the score that a container names first; nil where it names none.
private func rootFile(in container: [UInt8]) throws(MusicXMLError) -> String? {
  var xml = try XMLReader(container)
  guard try xml.nextChild() != nil else { return nil }
  while let child = try xml.nextChild() {
    guard child == "rootfiles" else {
      try xml.skip()
      continue
    }
    while let child = try xml.nextChild() {
      if child == "rootfile", let name = xml.attribute("full-path") { return name }
      try xml.skip()
    }
  }
  return nil
}
