namespace OpenMeet.Insights.Infrastructure.Demo;

/// <summary>First and last names that the demo's people are made of.</summary>
internal static class DemoNames
{
    public static IReadOnlyList<string> First { get; } =
        ("Aaron Aisha Alma Amir Ana Andre Anika Asha Ben Bianca Caleb Camila Carmen Chen Clara Dana Daniel Diego Dina Elena Eli Emeka " +
         "Emma Erik Esther Farah Felix Fiona Gabe Grace Hana Hassan Helen Hugo Ines Isaac Ivy Jack Jada Jamal Jonas Julia Kai Keiko " +
         "Kenji Lara Leah Leo Lena Liam Luis Mara Marco Mei Mila Mina Nadia Nate Nora Omar Owen Paula Quinn Rafael Rosa Ruth Sana " +
         "Simon Sofia Stella Tariq Theo Uma Vera Victor Wade Wren Yara Yusuf Zoe").Split(' ');

    public static IReadOnlyList<string> Last { get; } =
        ("Abbott Adeyemi Alvarez Anders Baker Banerjee Barnes Bauer Bennett Brooks Burke Castillo Chang Cho Clarke Cohen Cruz Dalton " +
         "Diaz Dominguez Doyle Edwards Ellis Farouk Fischer Fletcher Foster Garcia Gibson Goldberg Grant Hall Hansen Harper Hayes " +
         "Hughes Ibrahim Ito Jensen Jordan Kaplan Kelly Khan Kim Kowalski Larsen Lee Lopez Mbeki Mendoza Meyer Morales Murphy Nakamura " +
         "Nguyen Novak Okafor Ortiz Park Patel Pereira Quigley Ramirez Reed Rossi Santos Schmidt Shah Silva Tanaka Turner Vasquez " +
         "Walsh Weber Wilson Wong Wright Young Zhang Zimmer").Split(' ');
}
