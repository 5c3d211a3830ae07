import FlyingFox
import Foundation
import MuseGen
import MusicXML

/// Which request means what.
struct Routes {
  let rooms: Rooms

  private static let root = "/api/v1/"

  /// The most bytes of a body that comes to an address.
  static func bodyLimit(_ path: String) -> Int {
    path == "\(root)imports" || path.hasPrefix("\(root)music/")
      ? RequestBody.longestFile : RequestBody.longestMessage
  }

  /// Answers.
  ///
  /// - Parameters:
  ///   - request: the request, let in already.
  ///   - path: where it leads, as it was sent.
  ///   - body: its body.
  /// - Returns: the answer, not guarded yet.
  /// - Throws: ``Refusal``.
  func answer(_ request: HTTPRequest, path: String, body: Data) async throws(Refusal)
    -> HTTPResponse
  {
    if let file = PageFiles.all[path] { return try pageFile(file, request) }
    guard path.hasPrefix(Self.root) else { throw .notFound }
    let words = path.dropFirst(Self.root.count).split(
      separator: "/", omittingEmptySubsequences: false)
    do {
      return try await answer(request, words.map(String.init), body)
    } catch {
      throw Refusal(about: error)
    }
  }

  private func pageFile(_ file: PageFiles.File, _ request: HTTPRequest) throws(Refusal)
    -> HTTPResponse
  {
    guard request.method == .GET || request.method == .HEAD else {
      throw Refusal(.methodNotAllowed, "expected GET")
    }
    let isKnown = request.headers[.ifNoneMatch] == file.tag
    let headers: HTTPHeaders = [
      .contentType: file.type, .cacheControl: "no-cache", .eTag: file.tag,
    ]
    return HTTPResponse(
      statusCode: isKnown ? .notModified : .ok, headers: headers,
      body: isKnown || request.method == .HEAD ? Data() : Data(file.bytes))
  }

  private func answer(
    _ request: HTTPRequest, _ words: [String], _ body: Data
  ) async throws -> HTTPResponse {
    switch (request.method, words.count, words[0]) {
    case (.GET, 1, "models"): return .json(await rooms.models.all)
    case (.GET, 1, "pieces"): return .json(await pieces)
    case (.POST, 1, "pieces"): return .json(try await order(body), status: .created)
    case (.POST, 1, "imports"):
      return .json(try await takeIn(body, named: request.value(of: "name")), status: .created)
    case (.GET, 1, "endless"):
      return try await webSocket(
        request,
        EndlessConversation(
          models: rooms.models, desk: rooms.desk, soundFont: rooms.soundFont
        ).run)
    case (.GET, 1, "playing"):
      return try await webSocket(
        request,
        PlayingConversation(
          models: rooms.models, shelf: rooms.shelf, soundFont: rooms.soundFont
        ).run)
    case (_, 1..., "trainings"), (_, 1..., "music"), (_, 1, "comparison"):
      return try await answerOfLearning(request, words, body)
    case (_, 2..., "pieces"):
      guard PieceShelf.isID(words[1]) else { throw Refusal.notFound }
      return try await answer(request, of: words[1], words.count > 2 ? words[2] : "", words, body)
    case (_, 1, "models"), (_, 1, "pieces"), (_, 1, "imports"), (_, 1, "endless"),
      (_, 1, "playing"):
      throw Refusal(.methodNotAllowed, "\(request.method.rawValue) means nothing here")
    default: throw Refusal.notFound
    }
  }

  /// Answers what is asked of one piece.
  private func answer(
    _ request: HTTPRequest, of id: String, _ part: String, _ words: [String], _ body: Data
  ) async throws -> HTTPResponse {
    guard words.count <= 3 else { throw Refusal.notFound }
    let shelf = rooms.shelf
    switch (request.method, part) {
    case (.GET, ""): return .json(try await piece(id))
    case (.PATCH, ""): return .json(try await change(id, body))
    case (.DELETE, ""):
      if await rooms.desk.drop(id) { return HTTPResponse(statusCode: .noContent) }
      return .json(message(try await shelf.throwAway(id)))
    case (.POST, "restore"):
      return .json(message(try await shelf.change(id) { $0.isDeleted = false }))
    case (.GET, "score"): return .json(ScoreMessage(try await shelf.score(of: id)))
    case (.POST, "edits"):
      let edit = try Message.decode(NoteEdit.self, keys: NoteEdit.keys, body)
      let (record, change) = try await shelf.edit(id, edit)
      var message = message(record)
      message.change = change
      return .json(message)
    case (.GET, "piece.mid"):
      let (record, bytes) = (try await record(id), try await shelf.bytes(of: id))
      return .file(
        HTTPBodySequence(data: Data(bytes)), type: "audio/midi", name: "\(record.name).mid")
    case (.GET, "piece.wav"):
      let record = try await record(id)
      let path = try await rooms.soundFiles.file(of: record, try await shelf.score(of: id))
      return .file(
        try HTTPBodySequence(fileAt: path),
        type: "audio/wav", name: "\(record.name).wav")
    case (.GET, "piece.musicxml"):
      let (record, score) = (try await record(id), try await shelf.score(of: id))
      return .file(
        HTTPBodySequence(data: Data(try score.written().bytes())),
        type: "application/vnd.recordare.musicxml+xml", name: "\(record.name).musicxml")
    case (.GET, "inside"):
      let record = try await record(id)
      guard let name = request.value(of: "model") ?? record.order?.model else {
        throw Refusal(.badRequest, "model is missing, expected the name of one")
      }
      let view = try await rooms.insides.view(
        of: record, try await shelf.score(of: id),
        model: try await rooms.models.model(named: name).model,
        named: name)
      return .json(view)
    case (.GET, "notes"):
      if let piece = await rooms.desk[id] {
        return try await webSocket(request, NotesConversation(piece: piece).run)
      }
      // It may have been finished since the client was told of it.
      let seconds = try await record(id).seconds
      return try await webSocket(request) { send, _ in
        await send.json(NotesConversation.Message(stage: "finished", settledSeconds: seconds))
        return .normalClosure
      }
    case (.GET, "sound"):
      return try await webSocket(request, sound(of: id, from: request.value(of: "from")).run)
    case (_, ""), (_, "restore"), (_, "score"), (_, "edits"), (_, "piece.mid"), (_, "piece.wav"),
      (_, "piece.musicxml"), (_, "inside"), (_, "notes"), (_, "sound"):
      throw Refusal(.methodNotAllowed, "\(request.method.rawValue) means nothing here")
    default: throw Refusal.notFound
    }
  }

  // MARK: Pieces

  /// A piece as it is told: its record, how far it is, and how it is made again.
  struct PieceMessage: Encodable {
    var record: PieceRecord
    var stage: String
    var error: String?
    var command: String?
    /// What has become of its notes, where they were just changed.
    var change: NoteEdit?

    private enum Keys: String, CodingKey { case stage, error, command, change }

    func encode(to encoder: any Encoder) throws {
      try record.encode(to: encoder)
      var container = encoder.container(keyedBy: Keys.self)
      try container.encode(stage, forKey: .stage)
      try container.encodeIfPresent(error, forKey: .error)
      try container.encodeIfPresent(command, forKey: .command)
      try container.encodeIfPresent(change, forKey: .change)
    }
  }

  func message(_ record: PieceRecord) -> PieceMessage {
    let source = record.order?.source.map { _ in rooms.shelf.sourcePath(of: record.id) }
    return PieceMessage(
      record: record, stage: "finished", command: rooms.commandLine(record, source))
  }

  private func message(_ piece: PieceInHand) -> PieceMessage {
    var message = message(piece.record)
    message.stage = piece.stage.name
    if case .failed(let problem) = piece.stage { message.error = problem }
    return message
  }

  /// All pieces that were not thrown away, the newest first.
  private var pieces: [PieceMessage] {
    get async {
      let inHand = await rooms.desk.all
      let kept = await rooms.shelf.all.filter { !$0.isDeleted }
      let known = Set(kept.map(\.id))
      return
        (inHand.filter { !known.contains($0.record.id) }.map(message) + kept.map(message))
        .sorted { $0.record.created > $1.record.created }
    }
  }

  private func record(_ id: String) async throws(Refusal) -> PieceRecord {
    guard let record = await rooms.shelf[id] else { throw .notFound }
    return record
  }

  private func piece(_ id: String) async throws(Refusal) -> PieceMessage {
    if let piece = await rooms.desk[id] { return message(piece) }
    return message(try await record(id))
  }

  private struct Order: Decodable {
    var name: String?
    var order: PieceOrder
    static let keys: Set = ["name", "order"]
  }

  private func order(_ body: Data) async throws -> PieceMessage {
    let asked = try Message.decode(Order.self, keys: Order.keys, body)
    let name = asked.name.flatMap(PieceRecord.cleanName)
    return message(try await rooms.desk.take(asked.order, name: name))
  }

  func takeIn(_ body: Data, named file: String?) async throws -> PieceMessage {
    let name = file.flatMap(PieceRecord.cleanName) ?? "Piece"
    return message(try await shelve(Array(body), named: name))
  }

  /// Puts a file on the shelf.
  func shelve(_ bytes: [UInt8], named name: String) async throws -> PieceRecord {
    let isWritten = PartwiseScore.mayBegin(with: bytes)
    let score: Score
    do {
      score =
        isWritten
        ? try Score(PartwiseScore(bytes: bytes)) : Score(try MIDIFile(bytes: bytes))
    } catch {
      throw Refusal(.unprocessableContent, "\(name): \(error)")
    }
    guard score.tracks.contains(where: { !$0.notes.isEmpty }) else {
      throw Refusal(.unprocessableContent, "\(name): found no note in it, expected some")
    }
    let record = PieceRecord(name: Self.withoutEnding(name), file: name)
    return try await rooms.shelf.add(record, score, bytes: isWritten ? nil : bytes)
  }

  /// A file's name as a piece's.
  private static func withoutEnding(_ name: String) -> String {
    for ending in [".mid", ".midi", ".kar", ".rmi", ".musicxml", ".xml", ".mxl"]
    where name.lowercased().hasSuffix(ending) {
      return PieceRecord.cleanName(String(name.dropLast(ending.count))) ?? name
    }
    return name
  }

  private struct Change: Decodable {
    var name: String?
    var rating: Int?
    var locks: PieceLocks?
    static let keys: Set = ["name", "rating", "locks"]
  }

  private func change(_ id: String, _ body: Data) async throws -> PieceMessage {
    let change = try Message.decode(Change.self, keys: Change.keys, body)
    let name = change.name.map(PieceRecord.cleanName)
    if case .some(nil) = name {
      throw Refusal(.unprocessableContent, "the name is empty, expected some letters")
    }
    if let rating = change.rating, !(0...5).contains(rating) {
      throw Refusal(.unprocessableContent, "rating is \(rating), expected 0 to 5")
    }
    if let locks = change.locks { _ = try await rooms.shelf.lock(id, locks) }
    let record = try await rooms.shelf.change(id) { record in
      if case .some(let name?) = name { record.name = name }
      record.rating = change.rating ?? record.rating
    }
    return message(record)
  }

  // MARK: Sound

  private func sound(of id: String, from text: String?) async throws -> SoundConversation {
    if let piece = await rooms.desk[id], text == nil {
      return SoundConversation(music: .growing(piece), soundFont: rooms.soundFont)
    }
    let start = try Self.seconds(from: text)
    let performance = Performance(try await rooms.shelf.score(of: id))
    return SoundConversation(
      music: .whole(performance, from: start), soundFont: rooms.soundFont)
  }

  /// The place a text names, in seconds; 0 where there is none.
  private static func seconds(from text: String?) throws(Refusal) -> Double {
    guard let text else { return 0 }
    guard let seconds = Double(text), seconds >= 0, seconds.isFinite else {
      throw Refusal(.badRequest, "from is \"\(text)\", expected seconds from 0 on")
    }
    return seconds
  }

  func webSocket(
    _ request: HTTPRequest, _ conversation: @escaping WebSocketChannel.Conversation
  ) async throws -> HTTPResponse {
    try await WebSocketHTTPHandler(
      handler: WebSocketChannel(conversation: rooms.conversations.following(conversation))
    ).handleRequest(request)
  }
}

extension Refusal {
  /// Why a request is not granted, in the words of whatever was asked.
  init(about error: any Error) {
    switch error {
    case let refusal as Refusal: self = refusal
    case is OrderError, is GenerationError, is FillingError, is MusicXMLError:
      self.init(.unprocessableContent, "\(error)")
    default: self.init(.internalServerError, "\(error)")
    }
  }
}

extension HTTPRequest {
  /// The value of a name behind the question mark.
  func value(of name: String) -> String? { query.first { $0.name == name }?.value }
}
