// A new piece by a model that ships with musegen, written to a MIDI file.

import MuseGen

let model = try Model.named("folk")
let piece = try await model.generate(.seconds(30))
try piece.write(to: "piece.mid")
