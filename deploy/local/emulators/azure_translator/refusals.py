"""Azure AI Translator's error codes: the HTTP status followed by three digits ("Status code response")."""

#: Texts as the service was seen to send them; those of codes nobody recorded are in its words' manner.
_MESSAGES = {
    400000: "One of the request inputs is not valid.",
    400005: "The input text is missing or not valid.",
    400019: "One of the specified languages is not supported.",
    400020: "One of the elements in the array of input text is not valid.",
    400021: "The API version parameter is missing or not valid.",
    400023: "One of the specified language pairs is not valid.",
    400035: "The source language is not valid.",
    400036: "The target language is not valid.",
    400050: "The input text is too long.",
    400071: "The TextType is not valid.",
    400072: "The array of input text contains too many elements.",
    400074: "The body of the request is not valid JSON.",
    400077: "The maximum request size has been exceeded.",
    401000: "The request is not authorized because credentials are missing or invalid.",
    403000: "The operation is not allowed.",
    403001: "The operation is not allowed because the subscription has exceeded its free quota.",
    404000: "The resource was not found.",
    405000: "The request method is not supported for the requested resource.",
    408001: "The custom translation system requested is not yet available. Please retry in a few minutes.",
    415000: "The Content-Type header is missing or not valid.",
    429001: "The server rejected the request because the client has exceeded request limits.",
    500000: "An unexpected error occurred.",
    503000: "The service is temporarily unavailable.",
}


class Refusal(Exception):
    """The request is answered with this error."""

    def __init__(self, code: int) -> None:
        super().__init__(_MESSAGES[code])
        self.code = code

    @property
    def status(self) -> int:
        return self.code // 1000

    @property
    def body(self) -> dict[str, object]:
        """The code is a number in it."""
        return {"error": {"code": self.code, "message": str(self)}}
