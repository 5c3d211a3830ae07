import FileStorage
import Foundation
import TestSupport
import Testing

@Suite struct ReadFileTests {
  let folder: TemporaryFolderForTests

  init() throws { folder = try TemporaryFolderForTests() }

  private func failure(_ body: () throws(FileError) -> Void) -> Int32? {
    do { try body() } catch { return error.errno }
    return nil
  }

  @Test func `what stands under a name is told`() throws {
    let path = folder.path
    makeFile(Array((path + "/file").utf8))
    makePipe(path + "/pipe")
    makeSocket(path + "/socket")
    makeLink(path + "/nowhere", to: "nothing")
    makeLink(path + "/circle", to: "circle")
    makeLink(path + "/link", to: "file")
    let kinds: [(String, FileKind?)] = [
      ("/file", .file), ("/link", .file), ("", .folder), ("/pipe", .pipe), ("/socket", .socket),
      ("/nowhere", .brokenLink), ("/circle", .brokenLink), ("/nothing", nil), ("/file/x", nil),
    ]
    for (name, kind) in kinds { #expect(fileKind(at: path + name) == kind, "\(name)") }
    #expect(fileKind(at: "/dev/zero") == .device)
    #expect(fileKind(at: path + "/file\0") == nil)
  }

  @Test func `a pipe, a socket or a device is no file, and is refused at once`() throws {
    makePipe(folder.path + "/pipe")
    makeSocket(folder.path + "/socket")
    for (path, errno) in [
      (folder.path + "/pipe", EINVAL), (folder.path + "/socket", ENXIO), ("/dev/zero", EINVAL),
      (folder.path, EISDIR),
    ] {
      #expect(failure { () throws(FileError) in _ = try readFile(at: path) } == errno)
      #expect(
        failure { () throws(FileError) in try readFileInPieces(at: path) { _ in } } == errno)
      #expect(
        failure { () throws(FileError) in _ = try readBeginning(ofFile: path, count: 4) } == errno)
    }
  }

  @Test func `a device that never ends is read as far as the limit`() {
    let found = failure { () throws(FileError) in
      _ = try readFile(at: "/dev/zero", limit: 1_000_000, allowingStreams: true)
    }
    #expect(found == EFBIG)
    #expect((try? readFile(at: "/dev/null", allowingStreams: true)) == [])
  }

  @Test func `a pipe is read to its end, however late its bytes come`() async throws {
    let path = folder.path + "/pipe"
    makePipe(path)
    let content = [UInt8]((0..<200_000).map { UInt8(truncatingIfNeeded: $0) })
    Thread.detachNewThread {
      Thread.sleep(forTimeInterval: 0.15)
      let writer = FileHandle(forWritingAtPath: path)
      writer?.write(Data(content[..<7]))
      Thread.sleep(forTimeInterval: 0.25)
      writer?.write(Data(content[7...]))
      try? writer?.close()
    }
    #expect(try readFile(at: path, limit: 200_000, allowingStreams: true) == content)
  }

  @Test func `who waits for a pipe is released by cancelling its task`() async throws {
    let path = folder.path + "/pipe"
    makePipe(path)
    let reading = Task.detached {
      do throws(FileError) {
        _ = try readFile(at: path, allowingStreams: true)
        return false
      } catch {
        return error.isCancelled
      }
    }
    // From outside the threads of tasks, one of which the reading has.
    DispatchQueue.global().asyncAfter(deadline: .now() + 0.05) { reading.cancel() }
    #expect(await reading.value)
  }

  @Test func `a file is read up to its limit, and no byte more`() throws {
    let path = folder.path + "/file"
    makeFile(Array(path.utf8), Array(repeating: 7, count: 1_000))
    #expect(try readFile(at: path, limit: 1_000).count == 1_000)
    #expect(
      failure { () throws(FileError) in _ = try readFile(at: path, limit: 999) } == EFBIG)
  }

  @Test func `a giant that takes no space is refused before memory is taken for it`() throws {
    let path = folder.path + "/giant"
    makeSparseFile(path, bytes: 10 << 40)
    #expect(failure { () throws(FileError) in _ = try readFile(at: path) } == EFBIG)
    #expect(failure { () throws(FileError) in _ = try readFile(at: path, limit: 1 << 26) } == EFBIG)
    // One that memory would hold is nothing but zeros.
    makeSparseFile(path, bytes: 40 << 20)
    let bytes = try readFile(at: path)
    #expect(bytes.count == 40 << 20 && bytes.last == 0)
  }

  @Test func `files of the system that do not know their size are read`() throws {
    #expect(try !readFile(at: "/proc/self/status").isEmpty)
  }
}

/// A folder that is removed when the test is done.
final class TemporaryFolderForTests {
  let path: String
  private let folder: URL

  init() throws {
    // Short enough for a socket's address.
    folder = FileManager.default.temporaryDirectory.appending(
      path: "mg-\(UInt32.random(in: 0 ... .max))")
    path = folder.path
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? removeFolder(at: path) }
}
