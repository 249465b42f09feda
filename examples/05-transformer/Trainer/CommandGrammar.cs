namespace Zkml.Examples.Transformer.Trainer;

/// <summary>One sentence and what it asks for.</summary>
/// <param name="Words">In order.</param>
/// <param name="Intent">Index into <see cref="CommandGrammar.Intents"/>.</param>
public sealed record Command(IReadOnlyList<string> Words, int Intent);

/// <summary>
/// Orders to a wallet, made at random: one thing is asked for, and often another one is named only to be ruled out ("do not send 5 eth to
/// alice , stake it"). The same words in another order ask for something else, so counting words is not enough.
/// </summary>
public static class CommandGrammar
{
    /// <summary>Words of a sentence at most; shorter ones are padded.</summary>
    public const int Length = 20;

    /// <summary>What can be asked for.</summary>
    public static IReadOnlyList<string> Intents { get; } = ["send", "swap", "stake", "balance", "nothing"];

    const int Nothing = 4;

    static readonly string[] s_amounts = ["1", "2", "5", "10", "50", "100", "all", "half"];
    static readonly string[] s_coins = ["eth", "dai", "usdc", "btc", "coins"];
    static readonly string[] s_people = ["alice", "bob", "carol", "my", "the", "account", "shop"];
    static readonly string[][] s_verbs = [["send", "pay", "transfer"], ["swap", "exchange", "convert"], ["stake", "lock", "deposit"], ["show", "check", "print"]];
    static readonly string[] s_polite = ["please", "now", "kindly", "hey"];
    static readonly string[] s_negations = ["not", "never"];
    static readonly string[] s_others = ["do", "to", "for", "into", "balance", "of", "but", "instead", ",", "and", "vault", "it"];

    /// <summary>Every word; index 0 is the padding.</summary>
    public static IReadOnlyList<string> Vocabulary { get; } =
        ["", .. s_amounts, .. s_coins, .. s_people, .. s_verbs.SelectMany(verbs => verbs), .. s_polite, .. s_negations, .. s_others];

    static readonly Dictionary<string, int> s_indices = Vocabulary.Index().ToDictionary(word => word.Item, word => word.Index);

    /// <summary>The indices of a sentence's words, padded to <see cref="Length"/>. Throws <see cref="ArgumentException"/> for an unknown word or too many.</summary>
    public static int[] Encode(IReadOnlyList<string> words)
    {
        if (words.Count > Length) throw new ArgumentException($"Expected at most {Length} words, got {words.Count}.", nameof(words));
        int[] tokens = new int[Length];
        for (int i = 0; i < words.Count; i++)
        {
            tokens[i] = s_indices.GetValueOrDefault(words[i], -1);
            if (tokens[i] <= 0) throw new ArgumentException($"Unknown word '{words[i]}'. Known: {string.Join(' ', Vocabulary.Skip(1))}.", nameof(words));
        }
        return tokens;
    }

    /// <summary>A random sentence.</summary>
    public static Command Draw(Random random)
    {
        int asked = random.Next(4), other = (asked + 1 + random.Next(3)) % 4;
        string[] wanted = Clause(asked, random), unwanted = Clause(other, random);
        string not = Pick(s_negations, random);
        List<string> words = random.Next(3) == 0 ? [Pick(s_polite, random)] : [];
        int form = random.Next(7);
        words.AddRange(form switch
        {
            0 => wanted,
            1 => ["do", not, .. unwanted, ",", .. wanted],
            2 => [.. wanted, "but", not, .. unwanted],
            3 => [.. wanted, "instead", "of", .. unwanted],
            4 => ["instead", "of", .. unwanted, ",", .. wanted],
            5 => ["do", not, .. wanted],
            _ => ["do", not, .. unwanted, "and", not, .. wanted],
        });
        return new(words, form >= 5 ? Nothing : asked);
    }

    static string[] Clause(int intent, Random random)
    {
        string verb = Pick(s_verbs[intent], random), amount = Pick(s_amounts, random), coin = Pick(s_coins, random);
        return intent switch
        {
            0 => [verb, amount, coin, "to", Pick(s_people[..3], random)],
            1 => [verb, amount, coin, "for", Pick(s_coins, random)],
            2 => random.Next(2) == 0 ? [verb, amount, coin] : [verb, "it", "into", "the", "vault"],
            _ => [verb, "balance", "of", Pick(s_people[..3], random)],
        };
    }

    static string Pick(string[] words, Random random) => words[random.Next(words.Length)];
}
