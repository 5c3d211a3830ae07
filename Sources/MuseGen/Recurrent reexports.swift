@_exported public import Recurrent
