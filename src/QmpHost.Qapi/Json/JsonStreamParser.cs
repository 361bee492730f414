using System.Buffers;

namespace QmpHost.Qapi.Json;

/// <summary>Reads a stream of JSON values in QEMU's dialect, in pieces of any size, and finds its way again after errors as QEMU does.</summary>
/// <remarks>
/// A value is complete when as many brackets and braces were closed as opened; only then is it an error if its syntax is wrong.
/// Bytes that start no token are an error at once: what was read of the value is dropped, and the rest is skipped up to the next
/// structural character, line end or control character. The byte 0xFF, which is part of no text, thus drops an unfinished value.
/// Numbers at the top level are complete when the next byte comes. Not thread safe.
/// </remarks>
public sealed class JsonStreamParser
{
    /// <summary>How deep values may be nested.</summary>
    public const int NestingLimit = 1024;

    /// <summary>How many tokens a value may have.</summary>
    public const int TokenCountLimit = 2 * 1024 * 1024;

    /// <summary>How many bytes the tokens of a value may have together.</summary>
    public const int TokenSizeLimit = 64 * 1024 * 1024;

    private readonly JsonLexer _lexer = new();
    private readonly JsonValueBuilder _builder = new();
    private int _braces;
    private int _brackets;
    private int _tokenCount;
    private long _tokenSize;

    /// <summary>The value, after <see cref="JsonReadStatus.Value"/> and until the next call.</summary>
    public QObject? Value { get; private set; }

    /// <summary>The message, after <see cref="JsonReadStatus.Error"/> and until the next call.</summary>
    public string? Error { get; private set; }

    /// <summary>Whether the input so far ended within a value.</summary>
    public bool InValue => _tokenCount > 0 || _lexer.InToken;

    /// <summary>Takes input up to the end of the next value or error.</summary>
    /// <param name="input">The bytes that follow those taken by the last call.</param>
    /// <param name="consumed">How many of them were taken; all, if more are needed.</param>
    /// <returns>What was found.</returns>
    public JsonReadStatus Read(ReadOnlySpan<byte> input, out int consumed)
    {
        Value = null;
        Error = null;
        consumed = 0;
        while (true)
        {
            JsonTokenKind kind = _lexer.Next(input, ref consumed, out ReadOnlySpan<byte> token);
            if (kind == JsonTokenKind.None)
            {
                return JsonReadStatus.NeedMore;
            }

            if (Accept(kind, token))
            {
                return Error is null ? JsonReadStatus.Value : JsonReadStatus.Error;
            }
        }
    }

    /// <summary>Takes input up to the end of the next value or error.</summary>
    /// <param name="input">The bytes that follow those taken by the last call.</param>
    /// <param name="consumed">The first position that was not taken.</param>
    /// <returns>What was found.</returns>
    public JsonReadStatus Read(in ReadOnlySequence<byte> input, out SequencePosition consumed)
    {
        SequencePosition next = input.Start;
        consumed = next;
        while (input.TryGet(ref next, out ReadOnlyMemory<byte> segment))
        {
            JsonReadStatus status = Read(segment.Span, out int taken);
            consumed = input.GetPosition(taken, consumed);
            if (status != JsonReadStatus.NeedMore)
            {
                return status;
            }
        }

        consumed = input.End;
        return JsonReadStatus.NeedMore;
    }

    /// <summary>Ends the input. An unfinished value is an error.</summary>
    /// <returns><see cref="JsonReadStatus.NeedMore"/> if there is no unfinished value.</returns>
    public JsonReadStatus End()
    {
        Value = null;
        Error = null;
        JsonTokenKind kind = _lexer.End(out ReadOnlySpan<byte> token);
        if (kind != JsonTokenKind.None && Accept(kind, token))
        {
            return Error is null ? JsonReadStatus.Value : JsonReadStatus.Error;
        }

        if (_tokenCount == 0)
        {
            return JsonReadStatus.NeedMore;
        }

        Error = _builder.Error ?? JsonMessage.Make("premature EOI");
        Drop();
        return JsonReadStatus.Error;
    }

    /// <summary>Forgets all input so far.</summary>
    public void Reset()
    {
        _lexer.Reset();
        Drop();
        Value = null;
        Error = null;
    }

    // Returns true when a value or an error is complete.
    private bool Accept(JsonTokenKind kind, ReadOnlySpan<byte> token)
    {
        if (kind == JsonTokenKind.Stray)
        {
            return Fail(JsonMessage.Stray(token));
        }

        Count(kind);
        if (_braces + _brackets > NestingLimit)
        {
            return Fail("JSON nesting depth limit exceeded");
        }

        _tokenSize += Math.Max(1, token.Length);
        if (_tokenSize > TokenSizeLimit || kind == JsonTokenKind.Oversized)
        {
            return Fail("JSON token size limit exceeded");
        }

        if (++_tokenCount > TokenCountLimit)
        {
            return Fail("JSON token count limit exceeded");
        }

        _builder.Accept(kind, token);
        if ((_braces > 0 || _brackets > 0) && _braces >= 0 && _brackets >= 0)
        {
            return false;
        }

        Value = _builder.Error is null ? _builder.Value : null;
        Error = _builder.Error;
        Drop();
        return true;
    }

    private void Count(JsonTokenKind kind)
    {
        switch (kind)
        {
            case JsonTokenKind.LeftBrace:
                _braces++;
                break;
            case JsonTokenKind.RightBrace:
                _braces--;
                break;
            case JsonTokenKind.LeftBracket:
                _brackets++;
                break;
            case JsonTokenKind.RightBracket:
                _brackets--;
                break;
        }
    }

    private bool Fail(string error)
    {
        Error = error;
        Drop();
        return true;
    }

    private void Drop()
    {
        _braces = 0;
        _brackets = 0;
        _tokenCount = 0;
        _tokenSize = 0;
        _builder.Reset();
    }
}
