using Zkml.Isa;
using Zkml.Records;

namespace Zkml.Vm.Tests.Execution;

[TestFixture]
public sealed class EventStreamTests
{
    [Test]
    public void EventStream_FirstMembers_AreTheInstructionFamilies()
    {
        for (InstructionFamily family = 0; family < InstructionFamily.EnvironmentCall; family++)
            Assert.That(((EventStream)family).ToString(), Is.EqualTo(family.ToString()));
    }

    [Test]
    public void EventStream_Members_AreTheListsOfTheSegmentRecord()
    {
        string[] lists = [.. typeof(SegmentRecord).GetProperties().Where(property => property.PropertyType.IsGenericType).Select(property => property.Name)];
        Assert.That(Enum.GetNames<EventStream>(), Is.EqualTo(lists));
        Assert.That(lists, Has.Length.EqualTo(EventCounts.StreamCount));
    }

    [Test]
    public void EventCounts_OfARecord_CountsEachList()
    {
        SegmentRecord record = new();
        foreach (EventStream stream in Enum.GetValues<EventStream>())
        {
            object list = typeof(SegmentRecord).GetProperty(stream.ToString())!.GetValue(record)!;
            System.Reflection.MethodInfo add = list.GetType().GetMethod("Add")!;
            for (int i = 0; i <= (int)stream; i++) add.Invoke(list, [Activator.CreateInstance(list.GetType().GenericTypeArguments[0])!]);
        }
        EventCounts counts = EventCounts.Of(record);
        foreach (EventStream stream in Enum.GetValues<EventStream>()) Assert.That(counts[stream], Is.EqualTo((int)stream + 1));
        Assert.That(counts.Total, Is.EqualTo(24 * 25 / 2));
        EventCounts twice = counts;
        twice.Add(counts);
        Assert.That(twice, Is.Not.EqualTo(counts));
        Assert.That(twice[EventStream.Bump], Is.EqualTo(2 * counts[EventStream.Bump]));
    }
}
