namespace OpenMeet.Insights.Portal; public static class X { public static void Main() {} }
