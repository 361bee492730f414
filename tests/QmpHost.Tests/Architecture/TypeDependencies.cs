using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace QmpHost.Tests.Architecture;

/// <summary>Which types of one assembly use which others of it: in bases, members, attributes, local variables and code.</summary>
/// <remarks>A nested type counts as the one that holds it; names and constants leave no trace in an assembly, and are not seen.</remarks>
internal sealed class TypeDependencies
{
    private static readonly Dictionary<int, OpCode> OpCodes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(static field => (OpCode)field.GetValue(null)!)
        .ToDictionary(static code => code.Value & 0xFFFF);

    private readonly MetadataReader _metadata;
    private readonly PEReader _image;
    private readonly HashSet<(string From, string To)> _found = [];
    private readonly HashSet<int> _used = [];

    private TypeDependencies(PEReader image)
    {
        _image = image;
        _metadata = image.GetMetadataReader();
    }

    /// <summary>Reads an assembly.</summary>
    /// <returns>Pairs of full type names.</returns>
    public static IReadOnlyCollection<(string From, string To)> Read(string assembly)
    {
        using var image = new PEReader(File.OpenRead(assembly));
        var reader = new TypeDependencies(image);
        reader.ReadTypes();
        return reader._found;
    }

    private void ReadTypes()
    {
        foreach (TypeDefinitionHandle handle in _metadata.TypeDefinitions)
        {
            _used.Clear();
            ReadType(_metadata.GetTypeDefinition(handle));
            string from = NameOf(handle);
            foreach (int token in _used)
            {
                string to = NameOf((TypeDefinitionHandle)MetadataTokens.Handle(token));
                if (to != from)
                {
                    _found.Add((from, to));
                }
            }
        }
    }

    private void ReadType(TypeDefinition type)
    {
        Use(type.BaseType);
        foreach (InterfaceImplementationHandle one in type.GetInterfaceImplementations())
        {
            Use(_metadata.GetInterfaceImplementation(one).Interface);
        }

        foreach (FieldDefinitionHandle field in type.GetFields())
        {
            ReadSignature(_metadata.GetFieldDefinition(field).Signature);
        }

        foreach (MethodDefinitionHandle method in type.GetMethods())
        {
            ReadMethod(_metadata.GetMethodDefinition(method));
        }
    }

    private void ReadMethod(MethodDefinition method)
    {
        ReadSignature(method.Signature);
        if (method.RelativeVirtualAddress == 0)
        {
            return;
        }

        MethodBodyBlock body = _image.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
        {
            ReadSignature(_metadata.GetStandaloneSignature(body.LocalSignature).Signature);
        }

        foreach (ExceptionRegion region in body.ExceptionRegions)
        {
            Use(region.CatchType);
        }

        ReadCode(body.GetILReader());
    }

    private void ReadCode(BlobReader code)
    {
        while (code.RemainingBytes > 0)
        {
            int value = code.ReadByte();
            OpCode instruction = OpCodes[value == 0xFE ? 0xFE00 | code.ReadByte() : value];
            switch (instruction.OperandType)
            {
                case OperandType.InlineType or OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineTok:
                    Use((EntityHandle)MetadataTokens.Handle(code.ReadInt32()));
                    break;
                case OperandType.InlineSwitch:
                    int targets = code.ReadInt32();
                    code.Offset += 4 * targets;
                    break;
                case var operand:
                    code.Offset += SizeOf(operand);
                    break;
            }
        }
    }

    private static int SizeOf(OperandType operand) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => 4,
    };

    private void Use(EntityHandle handle)
    {
        if (handle.IsNil)
        {
            return;
        }

        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                _used.Add(MetadataTokens.GetToken(handle));
                break;
            case HandleKind.TypeSpecification:
                ReadType(_metadata.GetBlobReader(_metadata.GetTypeSpecification((TypeSpecificationHandle)handle).Signature));
                break;
            case HandleKind.FieldDefinition:
                Use(_metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.MethodDefinition:
                Use(_metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.MemberReference:
                MemberReference member = _metadata.GetMemberReference((MemberReferenceHandle)handle);
                Use(member.Parent);
                ReadSignature(member.Signature);
                break;
            case HandleKind.MethodSpecification:
                MethodSpecification generic = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                Use(generic.Method);
                ReadSignature(generic.Signature);
                break;
        }
    }

    private void ReadSignature(BlobHandle blob)
    {
        BlobReader reader = _metadata.GetBlobReader(blob);
        SignatureHeader header = reader.ReadSignatureHeader();
        int count = 1;
        if (header.Kind == SignatureKind.Method)
        {
            if (header.IsGeneric)
            {
                reader.ReadCompressedInteger();
            }

            count += reader.ReadCompressedInteger();
        }
        else if (header.Kind is SignatureKind.LocalVariables or SignatureKind.MethodSpecification)
        {
            count = reader.ReadCompressedInteger();
        }

        for (int i = 0; i < count && reader.RemainingBytes > 0; i++)
        {
            reader = ReadType(reader);
        }
    }

    // Every type in a signature is either one byte, or a prefix and further types: what matters here are the tokens among them.
    private BlobReader ReadType(BlobReader reader)
    {
        switch (reader.ReadSignatureTypeCode())
        {
            case SignatureTypeCode.TypeHandle:
                Use(reader.ReadTypeHandle());
                return reader;
            case SignatureTypeCode.RequiredModifier or SignatureTypeCode.OptionalModifier:
                Use(reader.ReadTypeHandle());
                return ReadType(reader);
            case SignatureTypeCode.ByReference or SignatureTypeCode.Pointer or SignatureTypeCode.SZArray or SignatureTypeCode.Pinned:
                return ReadType(reader);
            case SignatureTypeCode.GenericTypeParameter or SignatureTypeCode.GenericMethodParameter:
                reader.ReadCompressedInteger();
                return reader;
            case SignatureTypeCode.GenericTypeInstance:
                return ReadGenericInstance(reader);
            case SignatureTypeCode.Array:
                return SkipArrayShape(ReadType(reader));
            case SignatureTypeCode.FunctionPointer:
                return ReadFunctionPointer(reader);
            default:
                return reader;
        }
    }

    private BlobReader ReadGenericInstance(BlobReader reader)
    {
        reader = ReadType(reader);
        int arguments = reader.ReadCompressedInteger();
        for (int i = 0; i < arguments; i++)
        {
            reader = ReadType(reader);
        }

        return reader;
    }

    private BlobReader ReadFunctionPointer(BlobReader reader)
    {
        reader.ReadSignatureHeader();
        int types = reader.ReadCompressedInteger() + 1;
        for (int i = 0; i < types; i++)
        {
            reader = ReadType(reader);
        }

        return reader;
    }

    private static BlobReader SkipArrayShape(BlobReader reader)
    {
        reader.ReadCompressedInteger();
        for (int part = 0; part < 2; part++)
        {
            int count = reader.ReadCompressedInteger();
            for (int i = 0; i < count; i++)
            {
                reader.ReadCompressedInteger();
            }
        }

        return reader;
    }

    private string NameOf(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
        {
            type = _metadata.GetTypeDefinition(type.GetDeclaringType());
        }

        return $"{_metadata.GetString(type.Namespace)}.{_metadata.GetString(type.Name)}";
    }
}
